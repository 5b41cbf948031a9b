package dev.sluice.judge;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a judge answers: the request as it arrived. Sluice's own judges sign it. On the wire a line each, ISO 8859-1, ended by a line feed:
 *
 * <pre>
 * sluice-judge/1
 * nonce: TOKEN
 * peer: ADDRESS
 * time: MILLISECONDS
 * request: GET /judge?nonce=TOKEN HTTP/1.1
 * header: Host: judge.example
 * signature: 64 hexadecimal digits over everything before this line
 * </pre>
 *
 * @param nonce as it was sent
 * @param peer address the request came from, without port; empty where a public page does not tell it
 * @param timeMillis the judge's clock, milliseconds since 1970; 0 where a public page does not tell it
 * @param requestLine as it arrived
 * @param headers as they arrived, in order
 */
public record JudgeAnswer(String nonce, String peer, long timeMillis, String requestLine, List<HeaderField> headers) {
    /** Longest answer that is read, in bytes. */
    public static final int MAX_BYTES = 65_536;

    private static final String VERSION = "sluice-judge/1\n";
    private static final String SIGNATURE = "\nsignature: ";
    private static final int SIGNATURE_DIGITS = 64;
    private static final String PURPOSE = "answer";

    public JudgeAnswer {
        Objects.requireNonNull(peer, "peer");
        Objects.requireNonNull(requestLine, "requestLine");
        if (!Nonce.isNonce(nonce)) {
            throw new IllegalArgumentException("nonce: " + nonce.length() + " characters (expected: a token of 1.."
                    + Nonce.MAX_LENGTH + " characters)");
        }
        headers = List.copyOf(headers);
    }

    /** The answer as sent. Characters that can't stand on a line are written as question marks. */
    public byte[] write(JudgeSigner signer) {
        StringBuilder text = new StringBuilder(512).append(VERSION);
        line(text, "nonce: ", nonce);
        line(text, "peer: ", peer);
        line(text, "time: ", Long.toString(timeMillis));
        line(text, "request: ", requestLine);
        for (HeaderField header : headers) {
            line(text, "header: ", header.name() + ": " + header.value());
        }
        byte[] content = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        String signature = HexFormat.of().formatHex(signer.sign(PURPOSE, content, 0, content.length));
        return (text + SIGNATURE.substring(1) + signature + '\n').getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(label);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean printable = c == '\t' || c >= ' ' && c != 0x7f && c <= 0xff;
            text.append(printable ? c : '?');
        }
        text.append('\n');
    }

    /**
     * Reads what came back for {@code nonce}.
     *
     * @param body at most {@value #MAX_BYTES} bytes are looked at
     */
    public static Reading read(byte[] body, JudgeSigner signer, String nonce) {
        if (body.length > MAX_BYTES) {
            return new Foreign(body.length + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int start = text.indexOf(VERSION);
        int mark = start < 0 ? -1 : text.indexOf(SIGNATURE, start);
        if (mark < 0) {
            return new Foreign("no judge's answer");
        }
        int digits = mark + SIGNATURE.length();
        int end = digits + SIGNATURE_DIGITS + 1;
        if (end > text.length() || text.charAt(end - 1) != '\n') {
            return new Foreign("signature cut off");
        }
        byte[] expected = signer.sign(PURPOSE, body, start, mark + 1 - start);
        byte[] given = text.substring(digits, end - 1).getBytes(StandardCharsets.ISO_8859_1);
        if (!MessageDigest.isEqual(HexFormat.of().formatHex(expected).getBytes(StandardCharsets.ISO_8859_1), given)) {
            return new Foreign("signature does not fit");
        }
        JudgeAnswer answer = parse(text.substring(start + VERSION.length(), mark + 1));
        if (answer == null) {
            return new Foreign("signed, but not of this form");
        }
        if (!answer.nonce.equals(nonce)) {
            return new Foreign("answer to another question");
        }
        return start == 0 && end == text.length() ? new Genuine(answer) : new Surrounded(answer);
    }

    /** Whether {@code body} looks like an answer of a Sluice, whoever signed it. */
    public static boolean isOfThisForm(byte[] body) {
        byte[] version = VERSION.getBytes(StandardCharsets.ISO_8859_1);
        return body.length >= version.length && Arrays.equals(body, 0, version.length, version, 0, version.length);
    }

    private static @Nullable JudgeAnswer parse(String lines) {
        Cursor cursor = new Cursor(lines);
        String nonce = cursor.take("nonce: ");
        String peer = cursor.take("peer: ");
        String time = cursor.take("time: ");
        String request = cursor.take("request: ");
        if (nonce == null || peer == null || time == null || request == null || !Nonce.isNonce(nonce)) {
            return null;
        }
        List<HeaderField> headers = new ArrayList<>();
        while (cursor.more()) {
            String header = cursor.take("header: ");
            int colon = header == null ? -1 : header.indexOf(": ");
            if (header == null || colon < 0) {
                return null;
            }
            headers.add(new HeaderField(header.substring(0, colon), header.substring(colon + 2)));
        }
        try {
            return new JudgeAnswer(nonce, peer, Long.parseLong(time), request, headers);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** What came back in place of an answer, or the answer. */
    public sealed interface Reading {}

    /** The answer exactly as the judge gave it. */
    public record Genuine(JudgeAnswer answer) implements Reading {}

    /** The judge's answer with something added before or behind it. */
    public record Surrounded(JudgeAnswer answer) implements Reading {}

    /** Not the judge's answer to this nonce. */
    public record Foreign(String detail) implements Reading {}

    private static final class Cursor {
        private final String text;
        private int at;

        Cursor(String text) {
            this.text = text;
        }

        boolean more() {
            return at < text.length();
        }

        @Nullable
        String take(String label) {
            int end = text.indexOf('\n', at);
            if (end < 0 || !text.startsWith(label, at)) {
                return null;
            }
            String value = text.substring(at + label.length(), end);
            at = end + 1;
            return value;
        }
    }
}
