package dev.sluice.net;

import dev.sluice.proxy.FailureReason;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** Who waits for a connection. Called once, on the lane's loop. */
interface Dial {
    /** Whether a channel is wanted; otherwise the connection is closed by a reset before {@link #opened} is called. */
    boolean keeps();

    /**
     * The connection opened.
     *
     * @param channel registered with the loop, does not read yet; null when none was wanted
     * @param connectNanos from the connect to the answer
     */
    void opened(@Nullable Channel channel, long connectNanos);

    /**
     * It did not.
     *
     * @param connectNanos from the connect until it failed, 0 when none was begun
     */
    void failed(FailureReason reason, String detail, long connectNanos);
}
