package dev.sluice.cadence;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A proxy that is checked again and again, for tests of the rules. */
final class Life {
    static final long BORN = 1_000_000_000_000L;
    private static final ProxyKey KEY = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128);

    /** In the middle of every spread. */
    static final RandomGenerator MIDDLE = new Random() {
        private static final long serialVersionUID = 1;

        @Override
        public double nextDouble() {
            return 0.5;
        }
    };

    final CheckPolicy policy;
    Health health = Health.fresh(BORN);
    long now = BORN;
    long uses;
    double demand = 1;

    @Nullable
    ManualOverride override;

    Life(CheckPolicy policy) {
        this.policy = policy;
    }

    /** The policy of a preset, with what presets leave open. */
    static CheckPolicy policy(Preset preset) {
        return policy(preset, preset.byValue(), false);
    }

    static CheckPolicy policy(Preset preset, boolean byValue, boolean connectOnly) {
        return new CheckPolicy(
                preset.active(),
                preset.atRisk(),
                preset.inactive(),
                preset.aliveFactor(),
                preset.deadFactor(),
                byValue,
                preset.leastDemand(),
                preset.confirm(),
                Duration.ofDays(7),
                Duration.ofDays(90),
                10,
                Duration.ofDays(14),
                connectOnly);
    }

    Life after(Duration pause) {
        now += pause.toMillis();
        return this;
    }

    /** At the time it is due. */
    Life whenDue() {
        now = Math.max(now, health.nextCheckAtMillis());
        return this;
    }

    Life works() {
        return check(CheckKind.COMPREHENSIVE, FailureReason.NONE, Verified.FULL, MIDDLE);
    }

    Life fails() {
        return check(CheckKind.COMPREHENSIVE, FailureReason.REFUSED, Verified.NONE, MIDDLE);
    }

    Life tampers() {
        return check(CheckKind.COMPREHENSIVE, FailureReason.TAMPERED, Verified.NONE, MIDDLE);
    }

    Life connects() {
        return check(CheckKind.CONNECT, FailureReason.NONE, Verified.CONNECT, MIDDLE);
    }

    Life works(int times) {
        for (int i = 0; i < times; i++) {
            whenDue().works();
        }
        return this;
    }

    Life fails(int times) {
        for (int i = 0; i < times; i++) {
            whenDue().fails();
        }
        return this;
    }

    Life orders(@Nullable ManualOverride order) {
        override = order;
        health = HealthRules.ordered(health, policy, circumstances(), now, MIDDLE);
        return this;
    }

    Life check(CheckKind kind, FailureReason reason, Verified verified, RandomGenerator random) {
        boolean alive = reason == FailureReason.NONE;
        CheckOutcome outcome = new CheckOutcome(
                new DueProxy(1, KEY, health, kind, override),
                alive,
                verified,
                reason,
                alive ? 100 : Double.NaN,
                alive ? Capability.HTTP.bit() : Capability.NONE,
                alive ? Anonymity.ELITE : Anonymity.UNKNOWN,
                reason == FailureReason.TAMPERED ? Tampering.CONTENT : Tampering.NONE,
                null,
                alive ? 1 : 0,
                alive && verified == Verified.FULL ? List.of(100.0) : List.of(),
                null,
                List.of(),
                now);
        health = HealthRules.after(health, outcome, policy, circumstances(), random);
        return this;
    }

    Circumstances circumstances() {
        return new Circumstances(override, uses, demand);
    }

    /** From the last check to the next. */
    Duration interval() {
        return Duration.ofMillis(health.nextCheckAtMillis() - health.lastCheckedAtMillis());
    }
}
