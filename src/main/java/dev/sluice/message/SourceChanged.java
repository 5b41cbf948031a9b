package dev.sluice.message;

import org.jspecify.annotations.Nullable;

/**
 * A source was switched on or off at run time, here or on another instance.
 *
 * @param source its name
 * @param enabled whether it is fetched from now on
 * @param chosen what was chosen; null when a choice was taken back, so that the configuration counts again
 */
public record SourceChanged(
        String source, boolean enabled, @Nullable Boolean chosen) {}
