package dev.sluice.net;

import dev.sluice.net.ProxyClient.ConnectObserver;
import dev.sluice.proxy.FailureReason;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects on bare sockets: a proxy that does not answer never costs a channel.
 *
 * <p>Sockets are used again. Linux dissolves a TCP association when the socket is connected to AF_UNSPEC (connect(2)): an
 * open connection is reset, a pending one forgotten, and the next connect takes a fresh local port. A socket stays
 * registered with epoll, edge-triggered, all its life. A connect that opens so costs two system calls and one that is
 * refused three, where socket, setsockopt, connect, epoll_ctl, getsockopt and close are six; ConnectBenchmark has the
 * figures.
 *
 * <p>What epoll reports is the state at the time of epoll_wait, not history: a socket that is writable without an error or a
 * hang-up is established, one that is connecting reports nothing, one at rest reports a hang-up. An event that was fetched
 * before its socket was taken anew therefore carries a hang-up, and then the socket's own error decides.
 *
 * <p>{@code TCP_SYNCNT} is set once a socket, to the fewest repetitions that outlast the longest deadline: it spares nothing
 * while we live, since the deadline ends every connect, but lets the kernel give up by itself soon after us. One is the
 * fewest. Linux 6.5 and later add {@code net.ipv4.tcp_syn_linear_timeouts}, 4 by default, repetitions a second apart: a
 * silent address then gets five SYNs in five seconds whatever is set here, where older kernels send three.
 */
final class EpollConnector extends Connector {
    /** Most sockets that wait for their next use; enough for the starts of a tick. */
    static final int MAX_IDLE = 128;

    /** How long unused sockets are kept. */
    static final long IDLE_NANOS = 1_000_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(EpollConnector.class);
    private static final EpollIoOps EDGE = EpollIoOps.EPOLLOUT.with(EpollIoOps.EPOLLET);
    private static final int EPOLLHUP = 0x10;
    private static final int TROUBLE = EpollIoOps.EPOLLERR.value() | EPOLLHUP;
    private static final int UNKNOWN = -1;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_SYNCNT = 7;

    private final IoEventLoop loop;
    private final IntSupplier synCount;
    private final List<Socket> sockets = new ArrayList<>();
    private final ArrayDeque<Socket> idle4 = new ArrayDeque<>(MAX_IDLE);
    private final ArrayDeque<Socket> idle6 = new ArrayDeque<>();
    private final Sweep sweep = new Sweep();
    private boolean sweeping;
    private boolean used;

    EpollConnector(Lane lane, ConnectObserver observer, IntSupplier synCount) {
        super(lane, observer);
        this.loop = (IoEventLoop) lane.loop();
        this.synCount = synCount;
    }

    static boolean fits(EventLoop loop) {
        return loop instanceof IoEventLoop io && io.isCompatible(EpollIoHandle.class);
    }

    /** How many sockets wait for their next use. */
    int idle() {
        return idle4.size() + idle6.size();
    }

    @Override
    void begin(InetAddress address, int port, long startNanos, long deadlineNanos, Dial dial) {
        boolean ipv6 = address instanceof Inet6Address;
        Socket socket;
        try {
            socket = take(ipv6);
        } catch (ChannelException | UncheckedIOException e) {
            tellFailed(dial, FailureReason.LOCAL, Failures.lacking(e), "no socket: " + e.getMessage(), 0);
            return;
        }
        count();
        boolean connected;
        try {
            connected = socket.linux.connect(new InetSocketAddress(address, port));
        } catch (IOException | RuntimeException e) {
            socket.discard(false);
            discount();
            boolean routeless = e instanceof NoRouteToHostException;
            FailureReason reason = routeless ? FailureReason.LOCAL : Failures.ofConnect(e);
            // A machine without IPv6 lacks nothing that it had before.
            String lacking = routeless && !ipv6 ? "network" : Failures.lacking(e);
            tellFailed(dial, reason, lacking, "connect: " + (routeless ? "no route" : e.getMessage()), 0);
            return;
        }
        socket.dial = dial;
        socket.startNanos = startNanos;
        if (connected) {
            socket.opened(dial);
        } else {
            lane.arm(socket, deadlineNanos);
        }
    }

    private Socket take(boolean ipv6) {
        used = true;
        Socket rested = (ipv6 ? idle6 : idle4).pollLast();
        return rested != null ? rested : new Socket(ipv6);
    }

    @Override
    void end() {
        if (sweeping) {
            sweeping = false;
            lane.disarm(sweep);
        }
        for (Socket socket : new ArrayList<>(sockets)) {
            socket.discard(socket.dial != null);
        }
        idle4.clear();
        idle6.clear();
    }

    private void closeIdle() {
        for (Socket socket = idle4.pollLast(); socket != null; socket = idle4.pollLast()) {
            socket.discard(false);
        }
        for (Socket socket = idle6.pollLast(); socket != null; socket = idle6.pollLast()) {
            socket.discard(false);
        }
    }

    /** Closes sockets that were not used for a while. */
    private final class Sweep extends Wheel.Entry {
        @Override
        void expired() {
            sweeping = false;
            if (!used) {
                closeIdle();
            } else if (idle() > 0) {
                watch();
            }
        }

        private void watch() {
            used = false;
            sweeping = true;
            lane.arm(this, System.nanoTime() + IDLE_NANOS);
        }
    }

    /** One descriptor, for many connects. */
    private final class Socket extends Wheel.Entry implements EpollIoHandle {
        private final LinuxSocket linux;
        private final boolean ipv6;
        private @Nullable IoRegistration registration;
        private @Nullable Dial dial;
        private long startNanos;
        private int index;

        /** Fails with ChannelException or UncheckedIOException when there is none to be had. */
        Socket(boolean ipv6) {
            this.linux = LinuxSocket.newSocketStream(ipv6);
            this.ipv6 = ipv6;
            boolean ready = false;
            try {
                linux.setIntOpt(IPPROTO_TCP, TCP_SYNCNT, synCount.getAsInt());
                Future<IoRegistration> registering = loop.register(this);
                if (!registering.isSuccess()) {
                    throw new ChannelException("registering with epoll", registering.cause());
                }
                registration = registering.getNow();
                registration.submit(EDGE);
                ready = true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                if (!ready) {
                    close();
                }
            }
            index = sockets.size();
            sockets.add(this);
        }

        @Override
        public FileDescriptor fd() {
            return linux;
        }

        /** Throws nothing: the events that were fetched with this one would be lost, and with edges they do not come again. */
        @Override
        public void handle(IoRegistration registered, IoEvent event) {
            Dial waiting = dial;
            if (waiting == null) {
                return; // a hang-up of a socket at rest
            }
            try {
                answered(waiting, ((EpollIoEvent) event).ops().value());
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("who waited for a connection broke");
            }
        }

        private void answered(Dial waiting, int ops) {
            if ((ops & TROUBLE) == 0) {
                lane.disarm(this);
                opened(waiting);
                return;
            }
            int errno;
            try {
                errno = linux.getSoError();
            } catch (IOException e) {
                errno = UNKNOWN;
            }
            if (errno != 0) {
                lane.disarm(this);
                failed(waiting, Failures.ofErrno(errno), Failures.lacking(errno), errno);
            }
            // Otherwise this is an event from before the connect; its own is still to come.
        }

        private void opened(Dial waiting) {
            long nanos = System.nanoTime() - startNanos;
            dial = null;
            if (!waiting.keeps()) {
                recycle(true);
                tellOpened(waiting, null, nanos);
                return;
            }
            forget();
            IoRegistration registered = registration;
            if (registered != null) {
                registered.cancel();
            }
            EpollSocketChannel channel;
            try {
                channel = new EpollSocketChannel(linux.intValue());
            } catch (RuntimeException e) {
                close();
                discount();
                tellFailed(waiting, FailureReason.LOCAL, Failures.lacking(e), "no channel: " + e.getMessage(), nanos);
                return;
            }
            channel.config().setAutoRead(false).setRecvByteBufAllocator(BUFFERS);
            track(channel);
            loop.register(channel).addListener(done -> {
                if (done.isSuccess()) {
                    tellOpened(waiting, channel, nanos);
                } else {
                    Throwable cause = done.cause();
                    tellFailed(waiting, FailureReason.LOCAL, Failures.lacking(cause), "no channel: " + cause, nanos);
                }
            });
        }

        private void failed(Dial waiting, FailureReason reason, @Nullable String lacking, int errno) {
            long nanos = System.nanoTime() - startNanos;
            dial = null;
            recycle(false);
            tellFailed(waiting, reason, lacking, errno == 0 ? "no answer" : "connect: error " + errno, nanos);
        }

        /** The deadline. */
        @Override
        void expired() {
            Dial waiting = dial;
            if (waiting != null) {
                failed(waiting, FailureReason.CONNECT_TIMEOUT, null, 0);
            }
        }

        /** Back to rest, by a reset when it was open. */
        private void recycle(boolean open) {
            if (isClosed() || idle() >= MAX_IDLE || !linux.isOpen()) {
                discard(open);
            } else {
                try {
                    linux.disconnect();
                    (ipv6 ? idle6 : idle4).addLast(this);
                    if (!sweeping) {
                        sweep.watch();
                    }
                } catch (IOException | RuntimeException e) {
                    LOG.atDebug().setCause(e).log("a socket can't be used again");
                    discard(open);
                }
            }
            discount();
        }

        /** Out of the list. */
        private void forget() {
            Socket last = sockets.remove(sockets.size() - 1);
            if (last != this) {
                sockets.set(index, last);
                last.index = index;
            }
        }

        private void discard(boolean reset) {
            lane.disarm(this);
            forget();
            if (reset && linux.isOpen()) {
                try {
                    linux.setSoLinger(0);
                } catch (IOException e) {
                    LOG.atDebug().setCause(e).log("SO_LINGER");
                }
            }
            close();
        }

        /** Also called by the loop when it shuts down. */
        @Override
        public void close() {
            try {
                linux.close();
            } catch (IOException e) {
                LOG.atDebug().setCause(e).log("closing a socket");
            }
            IoRegistration registered = registration;
            if (registered != null) {
                registered.cancel(); // after the descriptor: closing it has taken it out of epoll
            }
            Dial waiting = dial;
            if (waiting != null) {
                dial = null;
                lane.disarm(this);
                discount();
                waiting.failed(FailureReason.LOCAL, "closed while connecting", System.nanoTime() - startNanos);
            }
        }
    }
}
