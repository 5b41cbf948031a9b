package dev.sluice.net;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddresses;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Host names through Netty's asynchronous resolver. Thread-safe: work is handed to one event loop, answers come back on
 * the caller's context.
 *
 * <p>Addresses in text form and {@code localhost} are answered without asking anybody; then the hosts file, then the
 * machine's name servers. Names are complete as they stand: search domains are not tried. Answers are remembered for
 * their time to live, 1 to 60 s. Beyond the bound on queries names wait their turn, in a queue that is bounded too.
 */
public final class Names implements Resolver {
    /** Queries at the same time unless told otherwise. */
    public static final int DEFAULT_CONCURRENCY = 64;

    static final int MAX_WAITING = 65_536;
    private static final int MAX_NAMES = 65_536;
    private static final int MIN_TTL_SECONDS = 1;
    private static final int MAX_TTL_SECONDS = 60;
    private static final int NEGATIVE_TTL_SECONDS = 10;
    private static final int QUERY_TIMEOUT_MILLIS = 3_000;
    private static final int MAX_QUERIES_PER_NAME = 8;
    private static final int MAX_HOST = 253;

    private final VertxInternal vertx;
    private final int concurrency;
    private final EventLoop loop;
    private final @Nullable DnsNameResolver resolver;
    private final Supplier<List<InetSocketAddress>> servers;
    private final ArrayDeque<Question> waiting = new ArrayDeque<>();
    private int asking;
    private boolean closed;

    /**
     * Asks the machine's own name servers; where {@code policy} has allowed networks, only those of them that lie inside
     * at the moment.
     *
     * @param policy rules for outgoing connections
     */
    public Names(Vertx vertx, AddressPolicy policy) {
        this(vertx, DnsServerAddresses.defaultAddressList(), servers -> within(policy, servers), DEFAULT_CONCURRENCY);
    }

    /**
     * Asks {@code servers} in turn.
     *
     * @param servers none: only literal addresses, {@code localhost} and the hosts file resolve
     * @param concurrency most queries at the same time, at least 1
     */
    public Names(Vertx vertx, List<InetSocketAddress> servers, int concurrency) {
        this(vertx, List.copyOf(servers), all -> all, concurrency);
    }

    private Names(
            Vertx vertx,
            List<InetSocketAddress> servers,
            UnaryOperator<List<InetSocketAddress>> permitted,
            int concurrency) {
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency: " + concurrency + " (expected: >= 1)");
        }
        this.vertx = (VertxInternal) vertx;
        this.concurrency = concurrency;
        this.loop = this.vertx.nettyEventLoopGroup().next();
        this.servers = () -> permitted.apply(servers);
        this.resolver = servers.isEmpty() ? null : build(this.vertx.transport(), loop, this.servers);
    }

    private static List<InetSocketAddress> within(AddressPolicy policy, List<InetSocketAddress> servers) {
        List<InetSocketAddress> permitted = new ArrayList<>();
        for (InetSocketAddress server : servers) {
            InetAddress address = server.getAddress();
            if (address != null && (policy.allowedNetworks().isEmpty() || policy.mayDial(address.getAddress()))) {
                permitted.add(server);
            }
        }
        return permitted;
    }

    private static DnsNameResolver build(
            Transport transport, EventLoop loop, Supplier<List<InetSocketAddress>> servers) {
        return new DnsNameResolverBuilder(loop)
                .datagramChannelFactory(transport::datagramChannel)
                .socketChannelFactory(
                        () -> (SocketChannel) transport.channelFactory(false).newChannel())
                .nameServerProvider(name -> DnsServerAddresses.sequential(servers.get()).stream())
                .resolveCache(new NameCache(
                        MAX_NAMES, MIN_TTL_SECONDS, MAX_TTL_SECONDS, NEGATIVE_TTL_SECONDS, System::nanoTime))
                .cnameCache(NoopDnsCnameCache.INSTANCE)
                .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE)
                .queryTimeoutMillis(QUERY_TIMEOUT_MILLIS)
                .maxQueriesPerResolve(MAX_QUERIES_PER_NAME)
                .searchDomains(List.of())
                .ndots(1)
                .build();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Fails with {@link RejectedExecutionException} when {@value #MAX_WAITING} names wait already, or after
     * {@link #close()}.
     */
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        try {
            List<InetAddress> known = withoutAsking(host);
            if (known != null) {
                return Future.succeededFuture(known);
            }
        } catch (UnknownHostException e) {
            return Future.failedFuture(e);
        }
        if (resolver == null || servers.get().isEmpty()) {
            return Future.failedFuture(new UnknownHostException(host + ": no name server that may be asked"));
        }
        Promise<List<InetAddress>> answer = vertx.getOrCreateContext().promise();
        loop.execute(() -> accept(new Question(host, answer)));
        return answer.future();
    }

    /** Ends the resolver; names that wait fail. */
    public Future<Void> close() {
        Promise<Void> done = vertx.getOrCreateContext().promise();
        loop.execute(() -> {
            closed = true;
            if (resolver != null) {
                resolver.close();
            }
            for (Question question = waiting.poll(); question != null; question = waiting.poll()) {
                question.answer.tryFail(new RejectedExecutionException(question.host + ": the resolver is closed"));
            }
            done.complete();
        });
        return done.future();
    }

    private static @Nullable List<InetAddress> withoutAsking(String host) throws UnknownHostException {
        String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        byte[] literal = IpAddress.parse(plain);
        if (literal != null) {
            return List.of(InetAddress.getByAddress(literal));
        }
        String lower = plain.toLowerCase(Locale.ROOT);
        if (lower.equals("localhost") || lower.endsWith(".localhost")) {
            return List.of(InetAddress.getByAddress(lower, new byte[] {127, 0, 0, 1}));
        }
        if (plain.isEmpty() || plain.length() > MAX_HOST || !isName(plain)) {
            throw new UnknownHostException("host name of " + plain.length()
                    + " characters (expected: letters, digits, '-', '_' and '.', 1.." + MAX_HOST + ")");
        }
        return null;
    }

    private static boolean isName(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (!Character.isLetterOrDigit(c) && c != '-' && c != '_' && c != '.') {
                return false;
            }
        }
        return true;
    }

    private void accept(Question question) {
        if (closed) {
            question.answer.tryFail(new RejectedExecutionException(question.host + ": the resolver is closed"));
        } else if (asking < concurrency) {
            ask(question);
        } else if (waiting.size() < MAX_WAITING) {
            waiting.add(question);
        } else {
            question.answer.tryFail(
                    new RejectedExecutionException(question.host + ": " + MAX_WAITING + " names wait already"));
        }
    }

    private void ask(Question question) {
        DnsNameResolver asked = resolver;
        if (asked == null) {
            return;
        }
        io.netty.util.concurrent.Future<List<InetAddress>> answers;
        try {
            answers = asked.resolveAll(question.host);
        } catch (RuntimeException e) {
            // Netty refuses what IDNA does, for example an empty label.
            question.answer.tryFail(unknown(question.host, e));
            return;
        }
        asking++;
        answers.addListener((io.netty.util.concurrent.Future<List<InetAddress>> done) -> {
            asking--;
            if (done.isSuccess() && !done.getNow().isEmpty()) {
                question.answer.tryComplete(List.copyOf(done.getNow()));
            } else {
                question.answer.tryFail(unknown(question.host, done.cause()));
            }
            // From the queue by a task of its own: answers from the cache come at once and would nest.
            loop.execute(this::next);
        });
    }

    private static UnknownHostException unknown(String host, @Nullable Throwable cause) {
        UnknownHostException unknown = new UnknownHostException(host + ": unknown host");
        if (cause != null) {
            unknown.initCause(cause);
        }
        return unknown;
    }

    private void next() {
        while (!closed && asking < concurrency && !waiting.isEmpty()) {
            ask(waiting.remove());
        }
    }

    private record Question(String host, Promise<List<InetAddress>> answer) {}
}
