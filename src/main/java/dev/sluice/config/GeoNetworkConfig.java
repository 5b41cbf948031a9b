package dev.sluice.config;

import dev.sluice.parse.Cidr;
import dev.sluice.proxy.NetworkType;
import org.jspecify.annotations.Nullable;

/** One entry of {@code geo.networks}. */
public record GeoNetworkConfig(
        @Setting(doc = "The network; of several that hold an address the smallest counts.")
        Cidr network,

        @Setting(doc = "ISO 3166-1 alpha-2, or XK.") @Nullable
        String country,

        @Setting(doc = "English name; with a country only.") @Nullable
        String city,

        @Setting(doc = "Number of the autonomous system; 0: not told.", value = "0", min = 0, max = 4_294_967_295L)
        long asn,

        @Setting(doc = "Of the autonomous system.") @Nullable
        String organisation,

        @Setting(doc = "What kind of network it is.") @Nullable
        NetworkType type) {}
