package dev.sluice.parse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A sink that remembers everything. */
final class Collected implements EntrySink {
    record Accepted(long line, Entry entry) {}

    record Refused(long line, Rejection reason, String detail, String sample) {}

    final List<Accepted> accepted = new ArrayList<>();
    final List<Refused> refused = new ArrayList<>();
    final Map<Rejection, Integer> counts = new EnumMap<>(Rejection.class);

    @Override
    public void accept(long line, Entry entry) {
        accepted.add(new Accepted(line, entry));
    }

    @Override
    public void reject(long line, Rejection reason, String detail, String sample) {
        if (refused.size() < 10_000) {
            refused.add(new Refused(line, reason, detail, sample));
        }
        counts.merge(reason, 1, Integer::sum);
    }

    int count(Rejection reason) {
        return counts.getOrDefault(reason, 0);
    }

    /** Refusals that say that something is wrong with the list. */
    int harmful() {
        int sum = 0;
        for (Map.Entry<Rejection, Integer> count : counts.entrySet()) {
            sum += count.getKey().harmless() || count.getKey() == Rejection.DUPLICATE ? 0 : count.getValue();
        }
        return sum;
    }

    /** Accepted entries as {@code protocol host port user:password country}, dashes for what is missing. */
    List<String> lines() {
        return accepted.stream().map(a -> text(a.entry())).toList();
    }

    /** What is refused, as {@code REASON} or {@code REASON:detail}, blanks left out. */
    List<String> reasons() {
        return refused.stream()
                .filter(r -> r.reason() != Rejection.BLANK)
                .map(r -> r.reason() + (r.detail().isEmpty() ? "" : ":" + r.detail()))
                .toList();
    }

    private static String text(Entry entry) {
        String credentials = entry.credentials() == null
                ? "-"
                : entry.credentials().user()
                        + ':'
                        + entry.credentials().password().reveal();
        return (entry.protocol() == null ? "-" : entry.protocol())
                + ' '
                + entry.host()
                + ' '
                + entry.port()
                + ' '
                + credentials
                + ' '
                + (entry.country() == null ? "-" : entry.country());
    }

    static Collected of(ListFormat format, String text) {
        return of(format, text.getBytes(StandardCharsets.UTF_8));
    }

    static Collected of(ListFormat format, byte[] bytes) {
        return of(format, bytes, Math.max(1, bytes.length));
    }

    /** Fed in pieces of {@code piece} bytes, in an array that is spoilt afterwards. */
    static Collected of(ListFormat format, byte[] bytes, int piece) {
        Collected collected = new Collected();
        ListParser parser = ListParsers.create(format, ParseOptions.of(AddressPolicy.PUBLIC), collected);
        for (int i = 0; i < bytes.length; i += piece) {
            int length = Math.min(piece, bytes.length - i);
            byte[] copy = new byte[length + 2];
            System.arraycopy(bytes, i, copy, 1, length);
            parser.feed(copy, 1, length);
            java.util.Arrays.fill(copy, (byte) '9');
        }
        parser.end();
        return collected;
    }
}
