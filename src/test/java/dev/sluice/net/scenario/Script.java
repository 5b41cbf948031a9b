package dev.sluice.net.scenario;

import dev.sluice.net.scenario.Scenario.Kind;
import dev.sluice.net.scenario.Scenario.Outcome;
import dev.sluice.net.scenario.Scenario.Variation;
import dev.sluice.net.scenario.Scenario.Way;
import dev.sluice.net.scenario.Step.Manner;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads scripts. Whatever is wrong with one is a {@link ScriptException}. */
final class Script {
    /** Bytes a client takes from its socket at most unless the script says otherwise. */
    static final int MAX_READ = 65_536;

    /** Most a script may say: as much again, since a single read can bring 64 KiB. */
    private static final int MOST_READ = 131_072;

    private static final int MAX_PAUSE_MILLIS = 1_000;
    private static final URI PLAIN_TARGET = URI.create("http://judge.sluice/echo");

    private final String file;
    private final List<Scenario> scenarios = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private @Nullable Draft draft;

    private Script(String file) {
        this.file = file;
    }

    /** The scenarios of one file, in order. */
    static List<Scenario> read(String file, String text) {
        Script script = new Script(file);
        Words words = null;
        int number = 0;
        for (String line : text.split("\r?\n", -1)) {
            number++;
            String content = line.strip();
            if (content.startsWith("+")) {
                if (words == null || words.isEmpty()) {
                    throw new ScriptException(file, number, "nothing is continued here");
                }
                words.add(content.substring(1));
                continue;
            }
            script.take(words);
            words = new Words(file, number, content);
        }
        script.take(words);
        script.finish(number);
        if (script.scenarios.isEmpty()) {
            throw new ScriptException(file, number, "no scenario");
        }
        return List.copyOf(script.scenarios);
    }

    private void take(@Nullable Words words) {
        if (words == null || words.isEmpty()) {
            return;
        }
        String command = words.plain("a command");
        if (command.equals("scenario")) {
            finish(words.line());
            String name = words.quoted("the name");
            if (!names.add(name)) {
                throw words.error("\"" + name + "\" is there twice");
            }
            draft = new Draft(words.line(), name);
        } else if (draft == null) {
            throw words.error(command + " stands before the first scenario");
        } else {
            draft.take(command, words);
        }
        words.end();
    }

    private void finish(int line) {
        if (draft != null) {
            scenarios.add(draft.finish(file, line));
            draft = null;
        }
    }

    /** A scenario that is being read. */
    private static final class Draft {
        private final int begin;
        private final String name;
        private final List<Step> steps = new ArrayList<>();
        private final List<Variation> variations = new ArrayList<>();
        private @Nullable Kind kind;
        private @Nullable Credentials credentials;
        private URI target = PLAIN_TARGET;
        private boolean pinned = true;
        private Scenario.Limit deadline = Scenario.Limit.NONE;
        private int deadlineMillis;
        private boolean outcome;
        private int status;
        private Set<FailureReason> reasons = Set.of();
        private byte @Nullable [] body;
        private @Nullable String header;
        private String detail = "";
        private @Nullable Identity certificate;
        private int maxRead = MAX_READ;

        Draft(int begin, String name) {
            this.begin = begin;
            this.name = name;
        }

        void take(String command, Words words) {
            int line = words.line();
            switch (command) {
                case "route" -> route(words);
                case "target" -> target(words);
                case "outcome" -> outcome(words);
                case "body" -> body = words.more() ? words.bytes() : new byte[0];
                case "header" -> header = words.quoted("a field");
                case "detail" -> detail = words.quoted("a text");
                case "certificate" -> certificate = one(Identity.class, words);
                case "reads-at-most" -> maxRead = words.number("bytes", 0, MOST_READ);
                case "deadline" -> {
                    deadline = one(Scenario.Limit.class, words);
                    deadlineMillis = words.number("milliseconds", 100, 2_000);
                }
                case "at-every-byte" -> variation(words);
                default -> step(command, line, words);
            }
        }

        private void step(String command, int line, Words words) {
            if (!steps.isEmpty()
                    && steps.get(steps.size() - 1) instanceof Step.End end
                    && end.manner() != Manner.HALF_CLOSE) {
                throw words.error(command + " stands behind the end of the connection");
            }
            steps.add(
                    switch (command) {
                        case "expect-bytes" -> new Step.ExpectBytes(line, words.bytes());
                        case "expect-line" -> new Step.ExpectLine(line, words.quoted("a line"));
                        case "expect-head" -> new Step.ExpectHead(line);
                        case "has-header" -> new Step.ExpectHeader(line, words.quoted("a field"), true);
                        case "lacks-header" -> new Step.ExpectHeader(line, words.quoted("a field's name"), false);
                        case "expect-record" -> new Step.ExpectRecord(line);
                        case "expect-close" -> new Step.ExpectClose(line);
                        case "send" -> send(line, 1, 0, false, words);
                        case "send-slowly" -> send(line, 1, pause(words), true, words);
                        case "repeat" -> send(line, words.number("how often", 1, 1_000_000), 0, false, words);
                        case "endlessly" -> send(line, 0, 0, false, words);
                        case "drip" -> send(line, 0, pause(words), true, words);
                        case "pause" -> new Step.Pause(line, pause(words));
                        case "tls" ->
                            new Step.StartTls(
                                    line, one(Identity.class, words), words.more() ? words.plain("a version") : "");
                        case "close", "half-close", "cut", "reset", "hang", "refuse" ->
                            new Step.End(line, Objects.requireNonNull(manner(command)));
                        default -> throw words.error(command + " (expected: a command, see docs/scenarios.md)");
                    });
        }

        private static int pause(Words words) {
            return words.number("milliseconds", 1, MAX_PAUSE_MILLIS);
        }

        private static Step.Send send(int line, int times, int pauseMillis, boolean slowly, Words words) {
            byte[] bytes = words.bytes();
            return new Step.Send(line, bytes, times, slowly ? 1 : bytes.length, pauseMillis);
        }

        private static @Nullable Manner manner(String word) {
            for (Manner manner : Manner.values()) {
                if (text(manner).equals(word)) {
                    return manner;
                }
            }
            return null;
        }

        private void route(Words words) {
            kind = one(Kind.class, words);
            if (words.more()) {
                String as = words.plain("as");
                String[] pair = words.quoted("user:password").split(":", 2);
                if (!as.equals("as") || pair.length < 2) {
                    throw words.error("route: " + as + " (expected: KIND or KIND as \"USER:PASSWORD\")");
                }
                credentials = Credentials.of(pair[0], pair[1]);
            }
        }

        private void target(Words words) {
            String url = words.plain("a URL");
            if (!url.matches("https?://[^/]+/.*")) {
                throw words.error("target: " + url + " (expected: http://HOST[:PORT]/PATH, or https)");
            }
            target = URI.create(url);
            if (words.more()) {
                String word = words.plain("unpinned");
                if (!word.equals("unpinned")) {
                    throw words.error("target: " + word + " (expected: unpinned)");
                }
                pinned = false;
            }
        }

        private void outcome(Words words) {
            if (outcome) {
                throw words.error("a second outcome");
            }
            outcome = true;
            switch (words.plain("an outcome")) {
                case "reached" -> status = words.number("a status", 100, 999);
                case "failed" -> reasons = reasons(words);
                case "connected" -> {}
                default -> throw words.error("outcome (expected: reached STATUS, failed REASON or connected)");
            }
        }

        private static Set<FailureReason> reasons(Words words) {
            Set<FailureReason> some = EnumSet.noneOf(FailureReason.class);
            some.add(one(FailureReason.class, words));
            while (words.more()) {
                if (!words.plain("or").equals("or")) {
                    throw words.error("reasons are joined by the word or");
                }
                some.add(one(FailureReason.class, words));
            }
            return some;
        }

        private void variation(Words words) {
            String word = words.plain("split, close, reset or hang");
            if (word.equals("split")) {
                variations.add(new Variation(words.line(), null, null));
                return;
            }
            Manner manner = manner(word);
            if (manner == null || manner == Manner.REFUSE || manner == Manner.HALF_CLOSE) {
                throw words.error("at-every-byte: " + word + " (expected: split, close, cut, reset or hang)");
            }
            if (!words.plain("failed").equals("failed")) {
                throw words.error("at-every-byte " + word + " (expected: failed REASON behind it)");
            }
            variations.add(new Variation(
                    words.line(), manner, new Outcome(0, reasons(words), null, null, "", null, MAX_READ)));
        }

        Scenario finish(String file, int line) {
            if (kind == null || !outcome) {
                throw new ScriptException(
                        file, begin, "\"" + name + "\" has no " + (kind == null ? "route" : "outcome"));
            }
            boolean connectOnly = kind == Kind.CONNECT_ONLY;
            if (connectOnly != (status == 0 && reasons.isEmpty()) && reasons.isEmpty()) {
                throw new ScriptException(file, begin, "\"" + name + "\": connected is the outcome of connect-only");
            }
            if (status == 0 && (body != null || header != null) || reasons.isEmpty() && !detail.isEmpty()) {
                throw new ScriptException(file, begin, "\"" + name + "\" asks for what its outcome has not");
            }
            if (steps.isEmpty()) {
                throw new ScriptException(file, line, "\"" + name + "\" has no steps");
            }
            if (reasons.contains(FailureReason.TIMEOUT) != (deadline != Scenario.Limit.NONE)) {
                throw new ScriptException(
                        file, begin, "\"" + name + "\": a timeout needs a deadline, and only a timeout");
            }
            boolean plain = steps.stream()
                    .allMatch(step -> !(step instanceof Step.StartTls)
                            && !(step instanceof Step.Send send && (send.times() != 1 || send.pauseMillis() != 0)));
            if (!variations.isEmpty() && !plain) {
                throw new ScriptException(file, begin, "\"" + name + "\": only plain sends can be varied");
            }
            return new Scenario(
                    file,
                    begin,
                    name,
                    new Way(kind, credentials, target, pinned, deadline, deadlineMillis),
                    steps,
                    new Outcome(status, reasons, body, header, detail, certificate, maxRead),
                    variations);
        }

        private static <E extends Enum<E>> E one(Class<E> type, Words words) {
            String word = words.plain(type.getSimpleName().toLowerCase(Locale.ROOT));
            List<String> all = new ArrayList<>();
            for (E constant : type.getEnumConstants()) {
                if (text(constant).equals(word)) {
                    return constant;
                }
                all.add(text(constant));
            }
            throw words.error(word + " (expected: " + String.join(", ", all) + ")");
        }

        private static String text(Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
