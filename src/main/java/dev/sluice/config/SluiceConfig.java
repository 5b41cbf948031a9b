package dev.sluice.config;

import java.util.List;

/** The whole configuration. One component a section of {@code conf/sluice.yaml}. */
public record SluiceConfig(
        @Setting(doc = "The HTTP API.") ServerConfig server,

        @Setting(doc = "The judge: the endpoint that tells a checker what arrived through a proxy.")
        JudgeConfig judge,

        @Setting(doc = "Where proxies are kept.") StoreConfig store,
        @Setting(doc = "Fetching proxy lists.") FetchConfig fetch,
        @Setting(doc = "Checking proxies.") CheckConfig check,
        @Setting(doc = "When proxies are checked.") ScheduleConfig schedule,

        @Setting(doc = "What is served, and how it is chosen.")
        PoolConfig pool,

        @Setting(doc = "Jobs: imports, exports, passes over everything.")
        QueueConfig queue,

        @Setting(doc = "Where addresses are.") GeoConfig geo,
        @Setting(doc = "Who may use the API.") SecurityConfig security,
        @Setting(doc = "Rules for outgoing connections.") NetConfig net,
        @Setting(doc = "Logging.") LogConfig log,
        @Setting(doc = "Traces for OpenTelemetry.") TracesConfig traces,

        @Setting(doc = "What is rolled out little by little.")
        FeaturesConfig features,

        @Setting(doc = "Modules of other people, deployed after the core.")
        List<ExtensionConfig> extensions) {

    public SluiceConfig {
        extensions = List.copyOf(extensions);
    }
}
