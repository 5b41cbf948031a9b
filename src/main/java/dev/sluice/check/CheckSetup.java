package dev.sluice.check;

import dev.sluice.config.CheckConfig;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * What an engine is made of.
 *
 * @param config how to check
 * @param policy which proxies may be dialled; judges and anchors may be dialled anywhere in {@code net.allowed-networks}
 * @param judges who judges
 * @param resolver for proxies, judges and anchors that are host names
 * @param registry for {@code sluice_check…}
 */
public record CheckSetup(
        CheckConfig config, AddressPolicy policy, Judges judges, Resolver resolver, MeterRegistry registry) {}
