package dev.sluice.judge;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request's headers on the way: those that arrived and were not sent, those that were sent and did not
 * arrive, and those that arrived with another value.
 *
 * <p>Order and the case of names do not matter, nor does the port in {@code Host}. {@code Connection} belongs to one hop
 * (RFC 9110, section 7.6.1): left out, {@code close} and {@code keep-alive} are what any client sends.
 *
 * @param added as they arrived, in order
 * @param removed as they were sent, in order
 * @param changed in order of arrival
 */
public record HeaderChanges(List<HeaderField> added, List<HeaderField> removed, List<Change> changed) {
    public HeaderChanges {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        changed = List.copyOf(changed);
    }

    /**
     * A header with another value.
     *
     * @param name as it arrived
     * @param sent value as sent
     * @param arrived value as it arrived
     */
    public record Change(String name, String sent, String arrived) {}

    /** What differs between {@code sent} and {@code arrived}. */
    public static HeaderChanges between(List<HeaderField> sent, List<HeaderField> arrived) {
        List<HeaderField> missing = new ArrayList<>(sent);
        List<HeaderField> other = new ArrayList<>();
        for (HeaderField field : arrived) {
            if (!takeSame(missing, field)) {
                other.add(field);
            }
        }
        List<HeaderField> added = new ArrayList<>();
        List<Change> changed = new ArrayList<>();
        for (HeaderField field : other) {
            HeaderField before = take(missing, field.name());
            if (isNeutral(field)) {
                continue;
            }
            if (before == null) {
                added.add(field);
            } else {
                changed.add(new Change(field.name(), before.value(), field.value()));
            }
        }
        missing.removeIf(field -> field.name().equalsIgnoreCase("Connection"));
        return new HeaderChanges(added, missing, changed);
    }

    /**
     * The same without what the judge itself adds, drops and changes.
     *
     * @param sent headers of the request as sent
     * @param arrived headers as the judge saw them
     * @param baseline what the judge does to headers of whoever asks it
     * @param peer the address the request came from, as the judge saw it
     */
    public static HeaderChanges between(
            List<HeaderField> sent, List<HeaderField> arrived, JudgeBaseline baseline, String peer) {
        return baseline.without(between(sent, arrived), peer);
    }

    /** Whether everything arrived as it was sent, and nothing else did. */
    public boolean isNone() {
        return added.isEmpty() && removed.isEmpty() && changed.isEmpty();
    }

    private static boolean isNeutral(HeaderField field) {
        return field.name().equalsIgnoreCase("Connection")
                && (field.value().equalsIgnoreCase("close") || field.value().equalsIgnoreCase("keep-alive"));
    }

    /** Takes from {@code missing} the field that arrived as {@code field}. */
    private static boolean takeSame(List<HeaderField> missing, HeaderField field) {
        for (int i = 0; i < missing.size(); i++) {
            HeaderField sent = missing.get(i);
            if (sent.name().equalsIgnoreCase(field.name())
                    && (sent.value().equals(field.value()) || isSameHost(sent, field))) {
                missing.remove(i);
                return true;
            }
        }
        return false;
    }

    private static @Nullable HeaderField take(List<HeaderField> missing, String name) {
        for (int i = 0; i < missing.size(); i++) {
            if (missing.get(i).name().equalsIgnoreCase(name)) {
                return missing.remove(i);
            }
        }
        return null;
    }

    private static boolean isSameHost(HeaderField sent, HeaderField arrived) {
        return sent.name().equalsIgnoreCase("Host")
                && withoutPort(sent.value()).equalsIgnoreCase(withoutPort(arrived.value()));
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }
}
