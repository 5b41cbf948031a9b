package dev.sluice.port;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The configuration as it counts now. {@code main} implements it, {@code api} uses it. Thread-safe. */
public interface ConfigInForce {
    /** Origin of what was changed by API. */
    String API = "API";

    /** Every key, in the order of the file; without the keys of named entries that are not there. Secrets are hidden. */
    List<Entry> entries();

    /**
     * A key.
     *
     * @param key dotted
     * @param value in force, as it would be written; null where there is none
     * @param defaultValue what it would be if nobody had said anything; null for nothing
     * @param origin who says so: {@code default}, {@code built-in sources:12}, {@code preset production:3},
     *     {@code conf/sluice.yaml:12}, the name of an environment variable, {@code --set}, or {@link #API}
     * @param live whether a reload puts a change into force; otherwise a restart does
     * @param changed whether the value is another one than the default; a secret may have changed without looking so
     * @param configured what the configuration says, where something else was chosen by API; null otherwise
     * @param pendingValue what a restart will put into force, empty for no value; null where nothing waits for one
     */
    record Entry(
            String key,
            @Nullable String value,
            @Nullable String defaultValue,
            String origin,
            boolean live,
            boolean changed,
            @Nullable String configured,
            @Nullable String pendingValue) {}
}
