package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of {@code check.targets}: a page that proxies must be able to fetch as the operator expects. */
public record TargetConfig(
        @Setting(doc = "What is fetched through the proxy, http or https.")
        String url,

        @Setting(doc = "Statuses that pass. Empty: 200.") List<Integer> status,

        @Setting(doc = "A text the body must contain.") @Nullable
        String contains,

        @Setting(doc = "A text the body must not contain, such as the words of a ban.") @Nullable
        String containsNot,

        @Setting(
                doc =
                        "A member that a JSON body must have, as a path: data.items[0].id. With =VALUE behind it, it must have that value.")
        @Nullable
        String jsonPath) {
    public TargetConfig {
        status = status.isEmpty() ? List.of(200) : List.copyOf(status);
    }
}
