package dev.sluice.port;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A job to submit.
 *
 * @param kind which workers do it
 * @param type what they do, such as {@code import}; lower case letters, digits and hyphens, 1..40 characters
 * @param payload what the handler of the type needs, a JSON object of at most {@value #LONGEST_PAYLOAD} characters
 * @param priority 1 (last)..10 (first)
 * @param key while a job with this key is live, submitting it again gives that one; null for none, else 1..200 characters
 * @param partition jobs of one partition are done one after the other; null for none, else 1..200 characters
 * @param node where alone it can be done, because it needs a file there; null for anywhere, else 1..200 characters
 * @param delayMillis how long after submission it may begin, 0 or more
 * @param maxAttempts attempts before it is given up, 1..100
 * @param owner who asked for it, such as the id of an API key; null when unknown, else 1..200 characters
 */
public record NewJob(
        JobKind kind,
        String type,
        String payload,
        int priority,
        @Nullable String key,
        @Nullable String partition,
        @Nullable String node,
        long delayMillis,
        int maxAttempts,
        @Nullable String owner) {
    /** Characters of a payload. */
    public static final int LONGEST_PAYLOAD = 65_536;

    /** Priority of a job nobody gave one. */
    public static final int DEFAULT_PRIORITY = 5;

    /** Attempts of a job nobody gave a number. */
    public static final int DEFAULT_ATTEMPTS = 8;

    private static final int LONGEST_NAME = 200;
    private static final Pattern TYPE = Pattern.compile("[a-z0-9-]{1,40}");

    public NewJob {
        Objects.requireNonNull(kind, "kind");
        if (!TYPE.matcher(type).matches()) {
            throw new IllegalArgumentException("type: " + type + " (expected: 1..40 of a-z, 0-9 and -)");
        }
        if (payload.length() > LONGEST_PAYLOAD) {
            throw new IllegalArgumentException(
                    "payload: " + payload.length() + " characters (expected: at most " + LONGEST_PAYLOAD + ")");
        }
        if (priority < 1 || priority > 10) {
            throw new IllegalArgumentException("priority: " + priority + " (expected: 1..10)");
        }
        if (delayMillis < 0) {
            throw new IllegalArgumentException("delayMillis: " + delayMillis + " (expected: >= 0)");
        }
        if (maxAttempts < 1 || maxAttempts > 100) {
            throw new IllegalArgumentException("maxAttempts: " + maxAttempts + " (expected: 1..100)");
        }
        named("key", key);
        named("partition", partition);
        named("node", node);
        named("owner", owner);
    }

    /** A job of the usual priority and attempts, without key, partition, node, delay or owner. */
    public static NewJob of(JobKind kind, String type, String payload) {
        return new NewJob(kind, type, payload, DEFAULT_PRIORITY, null, null, null, 0, DEFAULT_ATTEMPTS, null);
    }

    private static void named(String what, @Nullable String name) {
        if (name != null && (name.isEmpty() || name.length() > LONGEST_NAME)) {
            throw new IllegalArgumentException(
                    what + ": " + name.length() + " characters (expected: 1.." + LONGEST_NAME + ")");
        }
    }
}
