package dev.sluice.bus;

import java.time.Duration;
import java.util.Objects;

/**
 * A bus address with its types. Declared once, in {@link Channels}.
 *
 * @param <Q> what is sent
 * @param <R> what is answered; {@link Void} where nothing is
 * @param address bus address of the typed form
 * @param request class of what is sent, exactly: no subtypes travel
 * @param reply class of the answer
 * @param timeout how long a requester waits for the answer
 */
public record Channel<Q, R>(String address, Class<Q> request, Class<R> reply, Duration timeout) {
    public Channel {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(reply, "reply");
        Objects.requireNonNull(timeout, "timeout");
    }

    static <Q> Channel<Q, Void> event(String address, Class<Q> type) {
        return new Channel<>(address, type, Void.class, Duration.ZERO);
    }
}
