package dev.sluice.bus;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON forms there are; a channel without one is closed to extensions. */
final class JsonForms {
    private static final Map<Channel<?, ?>, JsonForm<?, ?>> FORMS = Map.of();

    private JsonForms() {}

    /** The form of {@code channel}, null when it is closed to extensions. */
    @SuppressWarnings("unchecked")
    static <Q, R> @Nullable JsonForm<Q, R> of(Channel<Q, R> channel) {
        return (JsonForm<Q, R>) FORMS.get(channel);
    }
}
