package dev.sluice.check;

import dev.sluice.judge.EchoPage;
import dev.sluice.judge.HeaderField;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeAnswer.Genuine;
import dev.sluice.judge.JudgeBaseline;
import dev.sluice.judge.JudgeForm;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.IpAddress;
import dev.sluice.port.Checking;
import dev.sluice.proxy.FailureReason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the judges directly, without a proxy: which answer and how, by which addresses they know us, and what they do to
 * headers themselves. A judge counts as down after two failures in a row.
 *
 * <p>Thread-safe: {@link #seats()}, {@link #states()} and {@link #up()} read an immutable picture; everything else happens on
 * one context, and futures complete on the caller's.
 *
 * <p>Public pages are other people's machines. They are asked once a minute while they answer, and ever more seldom, down to
 * once in ten minutes, while they don't; {@link #confirm} asks one at most every five seconds, however many callers wait.
 *
 * <p>They are used only while as many of them answer, on different hosts, as must agree: fewer would promise less than was
 * configured. Without them and without an own judge nothing can be judged.
 *
 * <p>TLS judges are waited for during the first minute, and for ten minutes after the last of them has answered. After that
 * checks go on without: certificates are not compared, and HTTPS stays unproven, until one answers again.
 */
final class JudgeWatch {
    private static final Logger LOG = LoggerFactory.getLogger(JudgeWatch.class);
    private static final int FAILURES_UNTIL_DOWN = 2;
    private static final int MAX_OWN = 64;
    private static final long OWN_NANOS = Duration.ofHours(24).toNanos();
    private static final long PUBLIC_UP_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long PUBLIC_RETRY_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long PUBLIC_LONGEST_NANOS = Duration.ofMinutes(10).toNanos();
    private static final long PUBLIC_GAP_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long TLS_FIRST_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long TLS_PATIENCE_NANOS = Duration.ofMinutes(10).toNanos();
    private static final double NANOS_A_MILLI = 1e6;

    /** In which machines before a page name who asked them. */
    private static final List<String> CLIENT_HEADERS =
            List.of("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "Fastly-Client-IP");

    private final List<Watched> watched = new ArrayList<>();
    private final Judges judges;
    private final Ask direct;
    private final Supplier<String> nonces;
    private final Context home;
    private final LongSupplier nanoTime;
    private final LongFunction<Future<Void>> pause;
    private final long startNanos;
    private final AtomicInteger turn = new AtomicInteger();

    /** Our own addresses and when each was last seen, the latest last. */
    private final LinkedHashMap<String, Long> own = new LinkedHashMap<>();

    private long tlsUpNanos;
    private boolean tlsWasUp;
    private boolean askedOnce;
    private boolean saidTooFew;
    private boolean saidNoTls;
    private volatile Picture picture = new Picture(List.of(JudgeSeats.EMPTY), List.of(), 0);

    /**
     * On the context it is made on.
     *
     * @param direct dials judges; must be allowed to dial wherever they are
     * @param nonces a fresh nonce each time
     */
    JudgeWatch(Judges judges, ProxyClient direct, Supplier<String> nonces) {
        this(judges, direct, nonces, currentContext());
    }

    /** On {@code home}, made anywhere. */
    JudgeWatch(Judges judges, ProxyClient direct, Supplier<String> nonces, Context home) {
        this(
                judges,
                request -> direct.exchange(Route.DIRECT, request),
                nonces,
                home,
                System::nanoTime,
                millis -> home.owner().timer(millis, TimeUnit.MILLISECONDS).mapEmpty());
    }

    /**
     * With everything given.
     *
     * @param pause completes after so many milliseconds, on the caller's context
     */
    JudgeWatch(
            Judges judges,
            Ask direct,
            Supplier<String> nonces,
            Context home,
            LongSupplier nanoTime,
            LongFunction<Future<Void>> pause) {
        this.judges = judges;
        this.direct = direct;
        this.nonces = nonces;
        this.home = home;
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.startNanos = nanoTime.getAsLong();
        judges.plain().forEach(url -> watched.add(new Watched(url, null, false)));
        judges.tls().forEach(url -> watched.add(new Watched(url, judges.tlsPin(), false)));
        judges.publicPages().forEach(url -> watched.add(new Watched(url, null, true)));
        publish();
    }

    private static Context currentContext() {
        Context context = Vertx.currentContext();
        if (context == null) {
            throw new IllegalStateException("judges are watched on no context (expected: one of Vert.x)");
        }
        return context;
    }

    /**
     * Who answers now. Public pages that answer about equally well take turns, a turn a call: take the seats once for a
     * check. Thread-safe.
     */
    JudgeSeats seats() {
        List<JudgeSeats> turns = picture.turns;
        return turns.size() == 1 ? turns.get(0) : turns.get(Math.floorMod(turn.getAndIncrement(), turns.size()));
    }

    /** Each judge, own ones first, in the order configured. Thread-safe. */
    List<Checking.Judge> states() {
        return picture.states;
    }

    /** How many judges are up. Thread-safe. */
    int up() {
        return picture.up;
    }

    /**
     * Asks the own judges, and public pages whose time has come; to be called every few seconds. Completes when all have
     * answered or failed. Never fails.
     */
    Future<Void> probe() {
        return atHome(() -> {
            long now = nanoTime.getAsLong();
            List<Future<Void>> all = new ArrayList<>(watched.size());
            for (Watched one : watched) {
                if (!one.isPublic || !one.asked || now - one.dueNanos >= 0) {
                    all.add(ask(one));
                }
            }
            publish();
            return all.isEmpty()
                    ? Future.succeededFuture()
                    : Future.join(all).map(joined -> {
                        askedOnce = true;
                        publish();
                        return null;
                    });
        });
    }

    /**
     * Whether {@code judge} answers to a question that is asked after this call. Calls at the same time share it; with public
     * pages this takes up to five seconds and the time to answer.
     */
    Future<Boolean> confirm(Judge judge) {
        return atHome(() -> {
            for (Watched one : watched) {
                if (one.url.equals(judge.url())) {
                    return askAnew(one).map(asked -> one.failures == 0);
                }
            }
            return Future.succeededFuture(false);
        });
    }

    private <T> Future<T> atHome(Supplier<Future<T>> work) {
        Context caller = Vertx.currentContext();
        if (caller == home) {
            return work.get();
        }
        Promise<T> done = Promise.promise();
        home.runOnContext(here -> work.get().onComplete(result -> {
            if (caller == null) {
                hand(done, result.result(), result.cause());
            } else {
                caller.runOnContext(there -> hand(done, result.result(), result.cause()));
            }
        }));
        return done.future();
    }

    private static <T> void hand(Promise<T> done, T result, @Nullable Throwable failure) {
        if (failure == null) {
            done.complete(result);
        } else {
            done.fail(failure);
        }
    }

    private Future<Void> askAnew(Watched one) {
        Promise<Void> next = one.next;
        if (next != null) {
            return next.future();
        }
        if (one.asking == null && gapNanos(one) <= 0) {
            return ask(one);
        }
        Promise<Void> waiting = Promise.promise();
        one.next = waiting;
        if (one.asking == null) {
            askAfterGap(one);
        }
        return waiting.future();
    }

    /** How long the judge is to be left alone. */
    private long gapNanos(Watched one) {
        return one.isPublic && one.asked ? one.askedNanos + PUBLIC_GAP_NANOS - nanoTime.getAsLong() : 0;
    }

    /** For those that wait for a question that is yet to be asked. */
    private void askAfterGap(Watched one) {
        long gap = gapNanos(one);
        if (gap <= 0) {
            ask(one);
            return;
        }
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(gap + 999_999));
        pause.apply(millis).onComplete(over -> {
            if (one.next != null && one.asking == null) {
                ask(one);
            }
        });
    }

    /** Asks, unless a question is under way. Those that wait for one that is yet to be asked wait for this one. */
    private Future<Void> ask(Watched one) {
        if (one.asking != null) {
            return one.asking;
        }
        Promise<Void> asking = Promise.promise();
        Promise<Void> waiting = one.next;
        one.next = null;
        one.asking = asking.future();
        one.asked = true;
        one.askedNanos = nanoTime.getAsLong();
        if (waiting != null) {
            asking.future().onComplete(waiting);
        }
        String nonce = nonces.get();
        Request request = one.url.echo(nonce, one.pin);
        direct.ask(request).otherwise(JudgeWatch::failed).onSuccess(exchange -> {
            noted(one, learn(one, request, nonce, exchange), exchange);
            one.asking = null;
            publish();
            asking.complete();
            if (one.next != null && one.asking == null) {
                askAfterGap(one);
            }
        });
        return asking.future();
    }

    private static Exchange failed(Throwable failure) {
        return new Exchange.Failed(FailureReason.LOCAL, String.valueOf(failure));
    }

    /** Takes in what came back. Returns why the judge is of no use, null when it is. */
    private @Nullable String learn(Watched one, Request request, String nonce, Exchange exchange) {
        if (!(exchange instanceof Exchange.Reached reached)) {
            return exchange instanceof Exchange.Failed failed ? failed.reason().text() : "no answer";
        }
        if (reached.status() != 200) {
            return "status " + reached.status() + " (expected: 200)";
        }
        JudgeAnswer.Reading signed = Judge.read(JudgeForm.SLUICE, reached.body(), judges.signer(), nonce);
        if (signed instanceof Genuine genuine) {
            one.judge = new Judge(one.url, JudgeForm.SLUICE, one.pin, judges.signer());
            remember(genuine.answer().peer());
            return null;
        }
        if (JudgeAnswer.isOfThisForm(reached.body())) {
            return "answers like a judge of Sluice's: "
                    + (signed instanceof JudgeAnswer.Foreign foreign ? foreign.detail() : "something was added")
                    + " (expected: the judge.secret of this process)";
        }
        if (!one.isPublic) {
            return "no judge of Sluice's (expected: one; public pages belong in check.public-judges)";
        }
        for (JudgeForm form : List.of(JudgeForm.JSON, JudgeForm.ENVIRONMENT)) {
            if (Judge.read(form, reached.body(), judges.signer(), nonce) instanceof Genuine genuine) {
                return learnPublic(one, form, request, genuine.answer());
            }
        }
        return "no page that echoes a request";
    }

    private @Nullable String learnPublic(Watched one, JudgeForm form, Request request, JudgeAnswer answer) {
        if (valueOf(answer, EchoPage.CANARY) == null) {
            return "does not show the headers of a request";
        }
        String doubt = doubtfulPeer(one.url, answer);
        if (doubt != null && !one.url.tls()) {
            return doubt;
        }
        JudgeBaseline before = one.judge == null ? JudgeBaseline.NONE : one.judge.baseline();
        JudgeBaseline baseline = before.with(request.headers(), answer.headers(), answer.peer());
        one.judge = new Judge(one.url, form, one.pin, judges.signer(), baseline);
        if (doubt == null) {
            remember(answer.peer());
        }
        return null;
    }

    /** Why the peer a page tells is not us, who asked it; null when it is. */
    private static @Nullable String doubtfulPeer(JudgeUrl url, JudgeAnswer answer) {
        byte[] peer = IpAddress.parse(answer.peer());
        if (peer == null) {
            return "does not tell the address of who asks";
        }
        for (String header : CLIENT_HEADERS) {
            String told = valueOf(answer, header);
            if (told != null && !Arrays.equals(firstAddress(told), peer)) {
                return "tells " + answer.peer() + " as who asks, but " + header + ": " + told;
            }
        }
        boolean named = IpAddress.parse(url.host()) == null && !url.host().equalsIgnoreCase("localhost");
        return named && AddressKind.of(peer) != AddressKind.PUBLIC
                ? "tells the address of a machine before it, " + answer.peer()
                : null;
    }

    /** The first address of a list, without a port; null when it begins with something else. */
    private static byte @Nullable [] firstAddress(String list) {
        int comma = list.indexOf(',');
        String first = (comma < 0 ? list : list.substring(0, comma)).trim();
        int colon = first.indexOf(':');
        byte[] address =
                IpAddress.parse(colon >= 0 && colon == first.lastIndexOf(':') ? first.substring(0, colon) : first);
        return address == null ? null : IpAddress.unmapped(address);
    }

    private static @Nullable String valueOf(JudgeAnswer answer, String header) {
        for (HeaderField field : answer.headers()) {
            if (field.name().equalsIgnoreCase(header)) {
                return field.value();
            }
        }
        return null;
    }

    private void noted(Watched one, @Nullable String problem, Exchange exchange) {
        boolean before = one.up;
        if (problem == null) {
            one.failures = 0;
            one.up = true;
        } else {
            one.failures++;
            one.up = one.up && one.failures < FAILURES_UNTIL_DOWN;
        }
        one.rate(problem == null && exchange instanceof Exchange.Reached reached ? reached.firstByteNanos() : -1);
        one.dueNanos = one.askedNanos
                + (problem == null
                        ? PUBLIC_UP_NANOS
                        : Math.min(PUBLIC_LONGEST_NANOS, PUBLIC_RETRY_NANOS << Math.min(one.failures - 1, 10)));
        if (before == one.up && (one.up || one.failures > 1)) {
            return;
        }
        var event = one.up ? LOG.atInfo() : LOG.atWarn();
        event.addKeyValue("judge", one.url.text())
                .addKeyValue("up", one.up)
                .log(problem == null ? "judge answered" : "judge: " + problem);
    }

    private void remember(String peer) {
        String text = canonical(peer);
        own.remove(text);
        own.put(text, nanoTime.getAsLong());
        if (own.size() > MAX_OWN) {
            own.remove(own.keySet().iterator().next());
        }
    }

    /** Draws the picture anew. */
    private void publish() {
        long now = nanoTime.getAsLong();
        own.values().removeIf(seen -> now - seen > OWN_NANOS);
        List<Judge> plain = upSigned(false);
        List<Judge> tls = upSigned(true);
        List<Watched> pages = upPages(false);
        boolean enough = hosts(pages) >= judges.quorum();
        sayWhetherEnough(enough, hosts(pages), plain.isEmpty());
        if (!enough) {
            pages = List.of();
        }
        List<Watched> tlsPages = upPages(true);
        boolean tlsExpected = tlsExpected(now, !tls.isEmpty() || !tlsPages.isEmpty());
        int leadPlain = lead(pages, judges.quorum());
        int leadTls = lead(tlsPages, 1);
        List<JudgeSeats> turns = new ArrayList<>();
        for (int i = 0; i < Math.max(1, Math.max(leadPlain, leadTls)); i++) {
            turns.add(new JudgeSeats(
                    joined(plain, pages, leadPlain, i),
                    joined(tls, tlsPages, leadTls, i),
                    tlsExpected,
                    own.keySet(),
                    judges.quorum()));
        }
        List<Checking.Judge> states = new ArrayList<>(watched.size());
        int up = 0;
        for (Watched one : watched) {
            states.add(new Checking.Judge(one.url.text(), one.formText(), one.up));
            up += one.up ? 1 : 0;
        }
        picture = new Picture(List.copyOf(turns), List.copyOf(states), up);
    }

    /** Those that answer and sign, in the order configured. */
    private List<Judge> upSigned(boolean tls) {
        List<Judge> found = new ArrayList<>();
        for (Watched one : watched) {
            if (one.up && one.judge != null && one.url.tls() == tls && one.judge.signed()) {
                found.add(one.judge);
            }
        }
        return found;
    }

    /** Those that answer and don't sign, the best first. */
    private List<Watched> upPages(boolean tls) {
        List<Watched> found = new ArrayList<>();
        for (Watched one : watched) {
            if (one.up && one.judge != null && one.url.tls() == tls && !one.judge.signed()) {
                found.add(one);
            }
        }
        found.sort(Comparator.comparingDouble(one -> one.costMillis));
        return found;
    }

    private static int hosts(List<Watched> pages) {
        Set<String> hosts = new HashSet<>();
        pages.forEach(page -> hosts.add(page.url.host()));
        return hosts.size();
    }

    /** How many take turns: those not much worse than the best, and enough to agree. */
    private static int lead(List<Watched> pages, int atLeast) {
        int lead = 0;
        while (lead < pages.size()
                && (lead < atLeast || pages.get(lead).costMillis <= 2 * pages.get(0).costMillis + 100)) {
            lead++;
        }
        return lead;
    }

    private static List<Judge> joined(List<Judge> signed, List<Watched> pages, int lead, int turn) {
        List<Judge> unsigned = new ArrayList<>(pages.size());
        for (Watched page : pages) {
            if (page.judge != null) {
                unsigned.add(page.judge);
            }
        }
        if (lead > 0) {
            Collections.rotate(unsigned.subList(0, lead), -turn);
        }
        List<Judge> all = new ArrayList<>(signed);
        all.addAll(unsigned);
        return all;
    }

    private void sayWhetherEnough(boolean enough, int hosts, boolean needed) {
        boolean tooFew = !enough && needed && judges.publicPlainHosts() > 0;
        if (!askedOnce || tooFew == saidTooFew) {
            return;
        }
        saidTooFew = tooFew;
        (tooFew ? LOG.atWarn() : LOG.atInfo())
                .addKeyValue("answering", hosts)
                .addKeyValue("check.quorum", judges.quorum())
                .log(
                        tooFew
                                ? "too few public judges answer: nothing can be judged until more do"
                                : "enough judges answer again");
    }

    private boolean tlsExpected(long now, boolean up) {
        boolean configured = false;
        for (Watched one : watched) {
            configured |= one.url.tls();
        }
        if (!configured) {
            return false;
        }
        if (up) {
            tlsWasUp = true;
            tlsUpNanos = now;
        }
        boolean expected = tlsWasUp ? now - tlsUpNanos <= TLS_PATIENCE_NANOS : now - startNanos <= TLS_FIRST_NANOS;
        if (expected == saidNoTls) {
            saidNoTls = !expected;
            (expected ? LOG.atInfo() : LOG.atWarn())
                    .log(
                            expected
                                    ? "a TLS judge answers again"
                                    : "no TLS judge answers: HTTPS stays unproven and certificates are not compared");
        }
        return expected;
    }

    /** The canonical form of an address, or {@code text} itself when it is none. */
    static String canonical(String text) {
        byte[] address = IpAddress.parse(text);
        return address == null ? text : IpAddress.format(IpAddress.unmapped(address));
    }

    /**
     * What is told at a moment.
     *
     * @param turns the seats, at least one; given out in turn
     */
    private record Picture(List<JudgeSeats> turns, List<Checking.Judge> states, int up) {}

    private static final class Watched {
        private static final double FAILURE_MILLIS = 5_000;
        private static final double SMOOTHING = 0.3;

        private final JudgeUrl url;
        private final @Nullable String pin;
        private final boolean isPublic;
        private @Nullable Judge judge;
        private boolean up;
        private int failures;
        private boolean asked;
        private long askedNanos;
        private long dueNanos;

        /** Time to answer, smoothed; a failure counts as a very slow answer. */
        private double costMillis = Double.NaN;

        private @Nullable Future<Void> asking;
        private @Nullable Promise<Void> next;

        Watched(JudgeUrl url, @Nullable String pin, boolean isPublic) {
            this.url = url;
            this.pin = pin;
            this.isPublic = isPublic;
        }

        /** Takes in how long an answer took, negative for none. */
        void rate(long nanos) {
            double millis = nanos < 0 ? FAILURE_MILLIS : nanos / NANOS_A_MILLI;
            costMillis = Double.isNaN(costMillis) ? millis : costMillis + SMOOTHING * (millis - costMillis);
        }

        String formText() {
            if (judge != null) {
                return judge.form().text();
            }
            return isPublic ? "unknown" : JudgeForm.SLUICE.text();
        }
    }
}
