package dev.sluice.config;

import java.util.Map;

/** One entry of {@code extensions}. */
public record ExtensionConfig(
        @Setting(doc = "Its name, in logs and messages.") String name,
        @Setting(doc = "Class of its verticle.") String verticle,

        @Setting(doc = "Jar in the folder extensions/; absent: the class is on the class path.")
        @org.jspecify.annotations.Nullable
        String jar,

        @Setting(doc = "Its own configuration, handed over as it is.")
        Map<String, Object> config,

        @Setting(doc = "Whether it is deployed.", value = "true")
        boolean enabled) {
    public ExtensionConfig {
        config = Map.copyOf(config);
    }
}
