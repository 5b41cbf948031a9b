package dev.sluice.api;

import dev.sluice.net.AnswerBytes;
import dev.sluice.net.QuickHandler;
import dev.sluice.net.RequestHead;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Selection;
import dev.sluice.pool.Served;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Feature;
import dev.sluice.port.Features;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.telemetry.RequestTimer;
import dev.sluice.telemetry.Traces;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * {@code /get-proxy} and {@code /random} for one proxy and {@code /feedback} of one report, in front of Vert.x: what nearly every
 * request asks for. It decides by
 * the same {@link Guard}, {@link Wish} and {@link Pool} as the endpoints and answers with the same bytes; what it cannot
 * answer at once (many proxies, nothing that matches, a view that is not there yet, a malformed query) goes the usual way.
 * Confined to one event loop.
 */
final class HotPath implements QuickHandler {
    private static final String GET_PROXY = "/get-proxy";
    private static final String RANDOM = "/random";
    private static final String FEEDBACK = "/feedback";

    private static final byte[] TEXT = fields(Exchange.TEXT);
    private static final byte[] JSON = fields(Exchange.JSON);
    private static final byte[] RATE_LIMIT = ascii("ratelimit: ");
    private static final byte[] RATE_LIMIT_POLICY = ascii("\r\nratelimit-policy: ");
    private static final byte[] LENGTH = ascii("content-length: ");
    private static final byte[] END_OF_LINE = ascii("\r\n");
    private static final byte[] END_OF_HEAD = ascii("\r\n\r\n");
    private static final byte[] ACCEPTED = ascii("{\"accepted\":1,\"unknown\":0}");
    private static final byte[] UNKNOWN = ascii("{\"accepted\":0,\"unknown\":1}");
    private static final byte[] JSON_START = ascii("{\"proxies\":[");
    private static final byte[] JSON_END = ascii("]}");
    private static final byte[] SCHEME_END = ascii("://");

    private final Guard guard;
    private final Pool pool;
    private final StrategyInForce inForce;
    private final Features features;
    private final RandomGenerator random;
    private final Wish.Memory wishes;
    private final BooleanSupplier overloaded;
    private final RequestTimer getProxyTimer;
    private final RequestTimer randomTimer;
    private final FeedbackEndpoint feedback;
    private final RequestTimer feedbackTimer;
    private final RequestTimer refusedTimer;
    private final Traces traces;
    private final AnswerBytes body = new AnswerBytes();

    HotPath(
            Guard guard,
            Pool pool,
            StrategyInForce inForce,
            Features features,
            RandomGenerator random,
            Wish.Memory wishes,
            BooleanSupplier overloaded,
            RequestTimer getProxyTimer,
            RequestTimer randomTimer,
            FeedbackEndpoint feedback,
            RequestTimer feedbackTimer,
            RequestTimer refusedTimer,
            Traces traces) {
        this.guard = guard;
        this.pool = pool;
        this.inForce = inForce;
        this.features = features;
        this.random = random;
        this.wishes = wishes;
        this.overloaded = overloaded;
        this.getProxyTimer = getProxyTimer;
        this.randomTimer = randomTimer;
        this.feedback = feedback;
        this.feedbackTimer = feedbackTimer;
        this.refusedTimer = refusedTimer;
        this.traces = traces;
    }

    @Override
    public boolean answer(RequestHead head, AnswerBytes answer) {
        if (isNamed(head)) {
            return false;
        }
        String uri = head.uri();
        if (isAt(uri, GET_PROXY)) {
            return answer(head, answer, uri, GET_PROXY.length() + 1, inForce.current(), getProxyTimer);
        }
        return isAt(uri, RANDOM) && answer(head, answer, uri, RANDOM.length() + 1, Strategy.FASTEST_HALF, randomTimer);
    }

    @Override
    public boolean wantsBody(RequestHead head) {
        return head.uri().equals(FEEDBACK) && !isNamed(head);
    }

    /** One report without fault; everything else goes the usual way, where its faults are told. */
    @Override
    public boolean answer(RequestHead head, byte[] sent, AnswerBytes answer) {
        long startNanos = System.nanoTime();
        FeedbackForm form = overloaded.getAsBoolean() ? null : FeedbackForm.usual(sent);
        if (form == null || !features.isOn(Feature.FAST_LANE, form.source())) {
            return false;
        }
        Admission admission = admit(head, Role.FEEDBACK);
        Problem problem = admission.problem();
        if (problem != null) {
            refuse(answer, admission, problem);
            refusedTimer.record(problem.status(), System.nanoTime() - startNanos);
            return true;
        }
        body.clear();
        body.add(feedback.take(form) ? ACCEPTED : UNKNOWN);
        answer.addStatus(200).add(JSON);
        limits(answer, admission);
        answer.add(LENGTH).addNumber(body.length()).add(END_OF_HEAD).add(body);
        long nowNanos = System.nanoTime();
        feedbackTimer.record(200, nowNanos - startNanos);
        traced("POST", FEEDBACK, 200, startNanos, nowNanos);
        return true;
    }

    /** Whether the client named the request, or traces it: what few do goes the usual way. */
    private boolean isNamed(RequestHead head) {
        return head.header(RequestId.HEADER) != null || traces.on() && head.header(RequestTrace.TRACEPARENT) != null;
    }

    private void traced(String method, String route, int status, long startNanos, long nowNanos) {
        if (traces.draw()) {
            new RequestTrace(traces, null, method, route).ended(status, startNanos, nowNanos, null);
        }
    }

    private static boolean isAt(String uri, String path) {
        return uri.startsWith(path) && (uri.length() == path.length() || uri.charAt(path.length()) == '?');
    }

    private boolean answer(
            RequestHead head, AnswerBytes answer, String uri, int query, Strategy usual, RequestTimer timer) {
        long startNanos = System.nanoTime();
        if (overloaded.getAsBoolean()) {
            return false;
        }
        Wish wish;
        try {
            wish = wishes.of(uri, query);
        } catch (Refused e) {
            return false;
        }
        String application = wish.application();
        if (!features.isOn(Feature.FAST_LANE, application == null ? "" : application)) {
            return false;
        }
        Strategy named = wish.strategy();
        Strategy strategy = named == null ? usual : named;
        Selection selection = wish.selection();
        if (wish.all()
                || wish.limit() > 1
                || selection.excludes()
                || !pool.ready(selection, strategy)
                || !pool.offers(selection)) {
            return false;
        }
        Admission admission = admit(head, Role.READ);
        Problem problem = admission.problem();
        if (problem != null) {
            refuse(answer, admission, problem);
            refusedTimer.record(problem.status(), System.nanoTime() - startNanos);
            return true;
        }
        Served picked = pool.pick(selection, strategy, application, random);
        if (picked == null) {
            guard.takeBack(head);
            return false;
        }
        write(answer, admission, picked, json(head, wish));
        long nowNanos = System.nanoTime();
        timer.record(200, nowNanos - startNanos);
        traced("GET", timer == randomTimer ? RANDOM : GET_PROXY, 200, startNanos, nowNanos);
        return true;
    }

    private Admission admit(RequestHead head, Role needed) {
        Problem foreign = guard.refuseAny(head);
        return foreign == null ? guard.admit(head, needed) : Admission.refused(foreign);
    }

    private static boolean json(RequestHead head, Wish wish) {
        Boolean told = wish.json();
        if (told != null) {
            return told;
        }
        String accept = head.header("accept");
        return accept != null && !accept.equals("*/*") && Accept.prefers(accept, "application/json", "text/plain");
    }

    private void write(AnswerBytes answer, Admission admission, Served picked, boolean json) {
        body.clear();
        if (json) {
            body.add(JSON_START)
                    .add(ProxyForm.json(picked, admission.credentials())
                            .toBuffer()
                            .getBytes())
                    .add(JSON_END);
        } else {
            url(picked, admission.credentials());
            body.addByte('\n');
        }
        answer.addStatus(200).add(json ? JSON : TEXT);
        limits(answer, admission);
        answer.add(LENGTH).addNumber(body.length()).add(END_OF_HEAD).add(body);
    }

    private void url(Served picked, boolean credentials) {
        if (!picked.isIpv4() || (credentials && picked.credentials() != null)) {
            body.add(ProxyForm.url(picked, credentials).getBytes(StandardCharsets.UTF_8));
            return;
        }
        long address = picked.ipv4();
        body.add(picked.scheme().text())
                .add(SCHEME_END)
                .addNumber(address >>> 24)
                .addByte('.')
                .addNumber(address >>> 16 & 0xff)
                .addByte('.')
                .addNumber(address >>> 8 & 0xff)
                .addByte('.')
                .addNumber(address & 0xff)
                .addByte(':')
                .addNumber(picked.port());
    }

    private void refuse(AnswerBytes answer, Admission admission, Problem problem) {
        body.clear();
        body.add(problem.json().toBuffer().getBytes());
        answer.addStatus(problem.status()).add(fields(Problem.MEDIA_TYPE));
        if (problem.status() == 401) {
            answer.add("www-authenticate: ").add(Exchange.CHALLENGE).add(END_OF_LINE);
        }
        String later = problem.retryAfter();
        if (later != null) {
            answer.add("retry-after: ").add(later).add(END_OF_LINE);
        }
        limits(answer, admission);
        answer.add(LENGTH).addNumber(body.length()).add(END_OF_HEAD).add(body);
    }

    private static byte[] fields(String contentType) {
        return ascii(
                "content-type: " + contentType + "\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void limits(AnswerBytes answer, Admission admission) {
        String left = admission.rateLimit();
        String policy = admission.rateLimitPolicy();
        if (left != null && policy != null) {
            answer.add(RATE_LIMIT).add(left).add(RATE_LIMIT_POLICY).add(policy).add(END_OF_LINE);
        }
    }
}
