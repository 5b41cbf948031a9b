package dev.sluice.bus;

import dev.sluice.parse.AddressPolicy;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON forms there are; a channel without one is closed to extensions. */
final class JsonForms {
    private final Map<Channel<?, ?>, JsonForm<?>> forms;

    /**
     * Makes the forms.
     *
     * @param admission which addresses extensions may add
     * @param clock for messages that bring no time
     */
    JsonForms(AddressPolicy admission, InstantSource clock) {
        forms = Map.of(
                Channels.CANDIDATES_FOUND, new CandidatesFoundForm(admission, clock),
                Channels.CHECK_SUSPENDED, new CheckSuspendedForm(),
                Channels.PROXY_CHANGED, new ProxyChangedForm(),
                Channels.FEEDBACK_RECEIVED, new FeedbackReceivedForm(),
                Channels.SCHEDULE_TICK, new ScheduleTickForm(),
                Channels.SOURCE_FETCHED, new SourceFetchedForm(),
                Channels.SOURCE_CHANGED, new SourceChangedForm(),
                Channels.JOB_CHANGED, new JobChangedForm(),
                Channels.CONFIG_CHANGED, new ConfigChangedForm());
    }

    /** The form in which {@code channel} is published; null when it is not. */
    @SuppressWarnings("unchecked")
    <Q> JsonForm.@Nullable Event<Q> event(Channel<Q, ?> channel) {
        return forms.get(channel) instanceof JsonForm.Event<?> event ? (JsonForm.Event<Q>) event : null;
    }

    /** The form in which {@code channel} takes requests; null when it takes none. */
    @SuppressWarnings("unchecked")
    <Q, R> JsonForm.@Nullable Request<Q, R> request(Channel<Q, R> channel) {
        return forms.get(channel) instanceof JsonForm.Request<?, ?> request ? (JsonForm.Request<Q, R>) request : null;
    }
}
