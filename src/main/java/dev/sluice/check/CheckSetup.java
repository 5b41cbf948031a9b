package dev.sluice.check;

import dev.sluice.config.CheckConfig;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.telemetry.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;

/**
 * What an engine is made of.
 *
 * @param config how to check
 * @param policy which proxies may be dialled; judges and anchors may be dialled anywhere in {@code net.allowed-networks}
 * @param judges who judges
 * @param resolver for proxies, judges and anchors that are host names
 * @param clock when checks ended, and so when the next are due
 * @param registry for {@code sluice_check…}
 * @param traces where spans of checks go
 */
public record CheckSetup(
        CheckConfig config,
        AddressPolicy policy,
        Judges judges,
        Resolver resolver,
        InstantSource clock,
        MeterRegistry registry,
        Traces traces) {
    /** On the wall clock as it is, without traces. */
    public CheckSetup(
            CheckConfig config, AddressPolicy policy, Judges judges, Resolver resolver, MeterRegistry registry) {
        this(config, policy, judges, resolver, InstantSource.system(), registry, Traces.none());
    }
}
