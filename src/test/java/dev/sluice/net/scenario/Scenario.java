package dev.sluice.net.scenario;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A proxy's part of one conversation, and what the client must make of it.
 *
 * @param file the script's name, without folder
 * @param line where it begins
 * @param name a sentence about the proxy, no two alike in a file
 * @param way how the client goes
 * @param steps what the counterpart does, in order
 * @param outcome what the client must report
 * @param variations what else is made from it
 */
record Scenario(
        String file, int line, String name, Way way, List<Step> steps, Outcome outcome, List<Variation> variations) {
    Scenario {
        steps = List.copyOf(steps);
        variations = List.copyOf(variations);
    }

    /** Itself only, or its variations too. */
    List<Scenario> withVariations() {
        List<Scenario> all = new ArrayList<>(List.of(this));
        for (Variation variation : variations) {
            for (int at = 0; at < bytesSent(); at++) {
                if (variation.manner() != null || splits(at)) {
                    all.add(varied(variation, at));
                }
            }
        }
        return all;
    }

    private int bytesSent() {
        int sum = 0;
        for (Step step : steps) {
            sum += step instanceof Step.Send send ? send.bytes().length : 0;
        }
        return sum;
    }

    /** Whether byte {@code at} is not the first of what is sent at once. */
    private boolean splits(int at) {
        int start = 0;
        for (Step step : steps) {
            if (step instanceof Step.Send send) {
                if (at == start) {
                    return false;
                }
                start += send.bytes().length;
            }
        }
        return true;
    }

    /** Cut or split before the byte {@code at} of all that is sent. */
    private Scenario varied(Variation variation, int at) {
        List<Step> changed = new ArrayList<>();
        int left = at;
        boolean done = false;
        for (Step step : steps) {
            if (done || !(step instanceof Step.Send send) || left >= send.bytes().length) {
                changed.add(step);
                left -= step instanceof Step.Send send && !done ? send.bytes().length : 0;
                continue;
            }
            byte[] bytes = send.bytes();
            done = true;
            if (left > 0) {
                changed.add(new Step.Send(send.line(), Arrays.copyOf(bytes, left), 1, left, 0));
            }
            if (variation.manner() != null) {
                changed.add(new Step.End(variation.line(), variation.manner()));
                break;
            }
            changed.add(new Step.Pause(send.line(), Variation.PAUSE_MILLIS));
            changed.add(new Step.Send(
                    send.line(), Arrays.copyOfRange(bytes, left, bytes.length), 1, bytes.length - left, 0));
        }
        Outcome end = variation.outcome() == null ? outcome : variation.outcome();
        String what = variation.manner() == null
                ? "in two parts"
                : variation.manner().name().toLowerCase(Locale.ROOT);
        return new Scenario(
                file, line, name + ", " + what + " at byte " + at + " of " + bytesSent(), way, changed, end, List.of());
    }

    /**
     * How the client goes.
     *
     * @param kind by which kind of proxy
     * @param credentials null for none
     * @param target where it wants to get
     * @param pinned whether the client knows the target's key
     * @param limit which of its deadlines is short
     * @param limitMillis how short
     */
    record Way(
            Kind kind, @Nullable Credentials credentials, URI target, boolean pinned, Limit limit, int limitMillis) {}

    /** A deadline of the client; all others are far longer than any script. */
    enum Limit {
        NONE,
        TLS,
        FIRST_BYTE,
        TOTAL
    }

    /** Kinds of proxies, and what is asked of them. */
    enum Kind {
        HTTP,
        HTTP_TUNNEL,
        HTTPS,
        HTTPS_TUNNEL,
        SOCKS4,
        SOCKS5,
        /** Nothing is asked: the connection is opened and closed. */
        CONNECT_ONLY
    }

    /**
     * What the client must report.
     *
     * @param status of the answer; 0 when there must be none
     * @param reasons any of them; empty when it must not fail
     * @param body null when it does not matter
     * @param header a field the answer must have, null when none is asked for
     * @param detail part of the failure's detail, empty when it does not matter
     * @param certificate whose certificate must be reported, null when it does not matter
     * @param maxRead most bytes the client may have taken from its socket
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Outcome(
            int status,
            Set<FailureReason> reasons,
            byte @Nullable [] body,
            @Nullable String header,
            String detail,
            @Nullable Identity certificate,
            int maxRead) {
        Outcome {
            reasons = Set.copyOf(reasons);
        }
    }

    /**
     * The same conversation once for every byte the proxy sends, ended or split there.
     *
     * @param line where the script says so
     * @param manner how it ends, null for split in two
     * @param outcome null for the same
     */
    record Variation(
            int line,
            Step.@Nullable Manner manner,
            @Nullable Outcome outcome) {
        static final int PAUSE_MILLIS = 5;
    }
}
