package dev.sluice.message;

import org.jspecify.annotations.Nullable;

/**
 * A job was submitted, began, went on, waits again, or ended. Progress comes at most about twice a second for each job.
 *
 * @param id of the job
 * @param kind such as {@code import}
 * @param type such as {@code import}
 * @param state such as {@code processing}
 * @param attempts begun so far
 * @param progress JSON object for people; null before the first
 * @param result JSON object; null until completed
 * @param error why the latest attempt failed; null when none did
 * @param atMillis when
 */
public record JobChanged(
        String id,
        String kind,
        String type,
        String state,
        int attempts,
        @Nullable String progress,
        @Nullable String result,
        @Nullable String error,
        long atMillis) {}
