package dev.sluice.net.farm;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.RawUnixChannelOption;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel drop everything that arrives for a listener, SYNs first of all, as if the host were away: a socket filter
 * (Linux, socket(7), SO_ATTACH_FILTER) of the one instruction that keeps no byte of a packet. The listener keeps its port
 * meanwhile. Not to be had on other transports than epoll.
 */
final class SynFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SynFilter.class);
    private static final int SOL_SOCKET = 1;
    private static final int FPROG_BYTES = 16;
    private static final int INSTRUCTION_BYTES = 8;
    private static final short RETURN = 6;
    private static final ChannelOption<ByteBuffer> ATTACH =
            new RawUnixChannelOption("FARM_SO_ATTACH_FILTER", SOL_SOCKET, 26, FPROG_BYTES);
    private static final ChannelOption<ByteBuffer> DETACH =
            new RawUnixChannelOption("FARM_SO_DETACH_FILTER", SOL_SOCKET, 27, Integer.BYTES);

    private SynFilter() {}

    /** From now on nothing that arrives for {@code listener} is answered; false when this can't be had. */
    static boolean attach(Channel listener) {
        try {
            if (Buffer.addressSize() != Long.BYTES) {
                return false;
            }
            ByteBuffer instruction = Buffer.allocateDirectWithNativeOrder(INSTRUCTION_BYTES);
            instruction.putShort(0, RETURN);
            ByteBuffer program = Buffer.allocateDirectWithNativeOrder(FPROG_BYTES);
            program.putShort(0, (short) 1).putLong(Long.BYTES, Buffer.memoryAddress(instruction));
            boolean attached = listener.config().setOption(ATTACH, program);
            Reference.reachabilityFence(instruction);
            return attached;
        } catch (ChannelException | LinkageError e) {
            LOG.atDebug().setCause(e).log("SO_ATTACH_FILTER");
            return false;
        }
    }

    /** Undoes {@link #attach}. */
    static void detach(Channel listener) {
        try {
            listener.config().setOption(DETACH, ByteBuffer.allocate(Integer.BYTES));
        } catch (ChannelException e) {
            LOG.atDebug().setCause(e).log("SO_DETACH_FILTER");
        }
    }
}
