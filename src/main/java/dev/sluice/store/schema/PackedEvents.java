package dev.sluice.store.schema;

import dev.sluice.port.ProxyHistory;
import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.ProxyHistory.Event;
import dev.sluice.port.ProxyHistory.Move;
import dev.sluice.proxy.FailureReason;
import dev.sluice.store.CheckBatch.Noted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What happened to several proxies, as a row of {@code check_batch} holds it: about seven bytes for a check of one of a million.
 *
 * <p>The second of the earliest event; then for each, sorted by proxy and time: how far its proxy's number lies from the last
 * one's; its second from the earliest; then a check's reason, and the latency where it is none, or, with bit 7 set, a move's
 * tiers and its reason.
 *
 * @param firstId lowest number of a proxy
 * @param lastId highest
 * @param firstAtSeconds when the earliest happened
 * @param events how many
 * @param bytes all of them
 */
public record PackedEvents(long firstId, long lastId, long firstAtSeconds, int events, byte[] bytes) {
    private static final Comparator<Noted> BY_PROXY = Comparator.comparingLong(Noted::proxyId)
            .thenComparingLong(noted -> noted.event().atMillis());
    private static final int MOVE = 0x80;
    private static final int BYTES_AN_EVENT = 8;
    private static final long A_SECOND = 1_000;

    /** Packs what happened, in any order, at least one; events of a proxy at one instant stay in order. */
    public static PackedEvents of(List<Noted> happened) {
        List<Noted> sorted = new ArrayList<>(happened);
        sorted.sort(BY_PROXY);
        return ofSorted(sorted);
    }

    private static PackedEvents ofSorted(List<Noted> sorted) {
        long first = Long.MAX_VALUE;
        for (Noted noted : sorted) {
            first = Math.min(first, seconds(noted.event()));
        }
        PackedBytes out = PackedBytes.writer(BYTES_AN_EVENT * sorted.size());
        out.write(first);
        long id = 0;
        for (Noted noted : sorted) {
            out.write(noted.proxyId() - id);
            id = noted.proxyId();
            out.write(seconds(noted.event()) - first);
            if (noted.event() instanceof Check check) {
                out.write(Codes.of(check.reason()));
                if (check.alive()) {
                    out.write(check.latencyMillis());
                }
            } else if (noted.event() instanceof Move move) {
                out.write(MOVE | PackedHistory.tiers(move));
                out.write(Codes.of(move.reason()));
            }
        }
        return new PackedEvents(sorted.get(0).proxyId(), id, first, sorted.size(), out.bytes());
    }

    /** Sorts what several rows hold, oldest row first, and packs it in pieces of at most {@code size} events. */
    public static List<PackedEvents> sort(List<byte[]> rows, int size) {
        List<Noted> all = new ArrayList<>();
        rows.forEach(row -> unpack(row, all));
        all.sort(BY_PROXY);
        List<PackedEvents> pieces = new ArrayList<>();
        for (int i = 0; i < all.size(); i += size) {
            pieces.add(ofSorted(all.subList(i, Math.min(all.size(), i + size))));
        }
        return pieces;
    }

    /** What a row holds, by proxy and time. */
    public static List<Noted> unpack(byte[] bytes) {
        List<Noted> events = new ArrayList<>();
        unpack(bytes, events);
        return events;
    }

    private static void unpack(byte[] bytes, List<Noted> into) {
        PackedBytes in = PackedBytes.reader(bytes);
        long first = in.read();
        long id = 0;
        while (in.more()) {
            id += in.read();
            into.add(new Noted(id, event(in, first)));
        }
    }

    /** What a row holds of one proxy. */
    static List<Event> unpack(byte[] bytes, long proxy) {
        List<Event> events = new ArrayList<>();
        PackedBytes in = PackedBytes.reader(bytes);
        long first = in.read();
        long id = 0;
        while (in.more()) {
            id += in.read();
            if (id > proxy) {
                break;
            }
            if (id == proxy) {
                events.add(event(in, first));
            } else {
                skip(in);
            }
        }
        return events;
    }

    private static void skip(PackedBytes in) {
        in.read();
        long tag = in.read();
        if (tag == 0 || tag >= MOVE) {
            in.read();
        }
    }

    private static Event event(PackedBytes in, long firstSeconds) {
        long atMillis = (firstSeconds + in.read()) * A_SECOND;
        long tag = in.read();
        if (tag >= MOVE) {
            return PackedHistory.move(atMillis, tag - MOVE, in.read());
        }
        FailureReason reason = Codes.reason(tag);
        return new Check(atMillis, reason, reason == FailureReason.NONE ? PackedHistory.latency(in.read()) : 0);
    }

    private static long seconds(ProxyHistory.Event event) {
        return Math.max(0, event.atMillis() / A_SECOND);
    }
}
