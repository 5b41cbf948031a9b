package dev.sluice.config;

import dev.sluice.parse.Cidr;
import java.util.List;

/** Section {@code net}. */
public record NetConfig(
        @Setting(
                doc =
                        "Where set, no outgoing connection of fetching and checking leaves these networks, and their addresses are admitted as proxies.",
                live = true)
        List<Cidr> allowedNetworks) {
    public NetConfig {
        allowedNetworks = List.copyOf(allowedNetworks);
    }
}
