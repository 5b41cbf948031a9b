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
 * What the kernel lets through to a listener: a socket filter (Linux, socket(7), SO_ATTACH_FILTER) sees a segment from its TCP
 * header on, and what it keeps no byte of is dropped without an answer. The listener keeps its port meanwhile. Not to be had
 * on other transports than epoll.
 */
enum SynFilter {
    /** Everything. */
    OPEN,
    /** What has the ACK flag (RFC 9293, 3.1) and so belongs to a connection that has begun; SYNs are lost, as on a path that drops what is too much. */
    NO_SYNS(load(13), ifAnySet(0x10), keep(0), keep(-1)),
    /** Nothing, as if the host were away. */
    NOTHING(keep(0));

    private static final Logger LOG = LoggerFactory.getLogger(SynFilter.class);
    private static final int SOL_SOCKET = 1;
    private static final int FPROG_BYTES = 16;
    private static final ChannelOption<ByteBuffer> ATTACH =
            new RawUnixChannelOption("FARM_SO_ATTACH_FILTER", SOL_SOCKET, 26, FPROG_BYTES);
    private static final ChannelOption<ByteBuffer> DETACH =
            new RawUnixChannelOption("FARM_SO_DETACH_FILTER", SOL_SOCKET, 27, Integer.BYTES);

    private final long[] program;

    /** An instruction each: code, jumps and operand (linux/filter.h, struct sock_filter). */
    SynFilter(long... program) {
        this.program = program;
    }

    private static long load(int offset) {
        return instruction(0x30, 0, offset);
    }

    /** Leaves the next instruction out when one of {@code bits} is set. */
    private static long ifAnySet(int bits) {
        return instruction(0x45, 1, bits);
    }

    private static long keep(int bytes) {
        return instruction(6, 0, bytes);
    }

    private static long instruction(int code, int whenTrue, int operand) {
        return (long) code << 48 | (long) whenTrue << 40 | (operand & 0xffff_ffffL);
    }

    /** Puts this in the place of what {@code listener} had; false when this can't be had. */
    boolean attach(Channel listener) {
        try {
            if (this == OPEN) {
                return listener.config().setOption(DETACH, ByteBuffer.allocate(Integer.BYTES));
            }
            if (Buffer.addressSize() != Long.BYTES) {
                return false;
            }
            ByteBuffer instructions = Buffer.allocateDirectWithNativeOrder(program.length * Long.BYTES);
            for (long step : program) {
                instructions
                        .putShort((short) (step >>> 48))
                        .put((byte) (step >>> 40))
                        .put((byte) (step >>> 32))
                        .putInt((int) step);
            }
            ByteBuffer head = Buffer.allocateDirectWithNativeOrder(FPROG_BYTES);
            head.putShort(0, (short) program.length).putLong(Long.BYTES, Buffer.memoryAddress(instructions));
            try {
                return listener.config().setOption(ATTACH, head);
            } finally {
                Reference.reachabilityFence(instructions);
            }
        } catch (ChannelException | LinkageError e) {
            LOG.atDebug().setCause(e).log("socket filter");
            return false;
        }
    }
}
