package dev.sluice.keep;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.List;

/** Outcomes as a checker would report them. */
public final class Outcomes {
    private Outcomes() {}

    public static DueProxy due(long id, ProxyKey key, Health health) {
        return new DueProxy(id, key, health, CheckKind.COMPREHENSIVE);
    }

    public static DueProxy due(StoredProxy stored) {
        return due(stored.id(), stored.key(), stored.health());
    }

    public static CheckOutcome good(DueProxy proxy, long atMillis, Scheme... spoken) {
        return new CheckOutcome(
                proxy,
                true,
                Verified.FULL,
                FailureReason.NONE,
                100,
                Capability.HTTP.bit(),
                Anonymity.ELITE,
                Tampering.NONE,
                "127.0.0.9",
                1,
                List.of(100.0),
                null,
                List.of(spoken),
                atMillis);
    }

    public static CheckOutcome bad(DueProxy proxy, long atMillis, FailureReason reason) {
        return new CheckOutcome(
                proxy,
                false,
                Verified.NONE,
                reason,
                Double.NaN,
                Capability.NONE,
                Anonymity.UNKNOWN,
                reason == FailureReason.TAMPERED ? Tampering.CONTENT : Tampering.NONE,
                null,
                0,
                List.of(),
                null,
                List.of(),
                atMillis);
    }
}
