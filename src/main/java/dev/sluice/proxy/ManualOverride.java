package dev.sluice.proxy;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator ordered for a proxy, instead of what the rules make of it. Whether it is alive is never
 * ordered: that is what checks say.
 *
 * @param tier the tier it is kept in; null for that of the rules. {@code UNKNOWN} cannot be ordered
 * @param priority 1 (low)..10 (high); 0 for that of the rules
 * @param active whether it gets regular checks; null for what the rules say
 * @param type kind of network it counts as; null for what databases say
 * @param tags words of the administrator's own, at most {@value #MAX_TAGS}, sorted, each of them once
 * @param untilMillis when it ends, milliseconds since 1970-01-01T00:00Z; {@link Long#MAX_VALUE} for never
 */
public record ManualOverride(
        @Nullable Tier tier,
        int priority,
        @Nullable Boolean active,
        @Nullable NetworkType type,
        List<String> tags,
        long untilMillis) {
    /** Most tags of a proxy. */
    public static final int MAX_TAGS = 20;

    /** Longest tag in characters. */
    public static final int MAX_TAG_LENGTH = 50;

    private static final Pattern TAG = Pattern.compile("[a-z0-9][a-z0-9._-]{0," + (MAX_TAG_LENGTH - 1) + "}");

    public ManualOverride {
        tags = tags.stream().distinct().sorted().toList();
        if (tier == Tier.UNKNOWN) {
            throw new IllegalArgumentException("tier: unknown (expected: active, at-risk or inactive)");
        }
        if (priority < 0 || priority > 10) {
            throw new IllegalArgumentException("priority: " + priority + " (expected: 1..10, or 0 for none)");
        }
        if (tags.size() > MAX_TAGS) {
            throw new IllegalArgumentException("tags: " + tags.size() + " (expected: at most " + MAX_TAGS + ")");
        }
        for (String tag : tags) {
            if (!isTag(tag)) {
                throw new IllegalArgumentException("tags: a tag of " + tag.length() + " characters (expected: 1.."
                        + MAX_TAG_LENGTH + " of a-z, 0-9, dot, dash and underscore, a letter or digit first)");
            }
        }
        if (tier == null && priority == 0 && active == null && type == null && tags.isEmpty()) {
            throw new IllegalArgumentException(
                    "override: nothing ordered (expected: a tier, a priority, active, a type or tags)");
        }
        if (untilMillis <= 0) {
            throw new IllegalArgumentException("untilMillis: " + untilMillis + " (expected: above 0)");
        }
    }

    /** Whether a word may be a tag. */
    public static boolean isTag(String word) {
        return TAG.matcher(word).matches();
    }

    /** An order about checks alone. */
    public ManualOverride(@Nullable Tier tier, int priority, @Nullable Boolean active, long untilMillis) {
        this(tier, priority, active, null, List.of(), untilMillis);
    }

    /** Whether it still holds. */
    public boolean holds(long nowMillis) {
        return nowMillis < untilMillis;
    }
}
