package dev.sluice.judge;

import dev.sluice.parse.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a judge does to the headers of whoever asks it, learnt by asking it without a proxy. Public pages stand behind
 * machines of their own, which add trace numbers, the address of the client and the like. Immutable, thread-safe.
 *
 * <p>What is known of several questions is kept, the latest {@value #MAX_SAMPLES}: a page may stand behind more than one
 * machine. A change through a proxy is the judge's own when one of them showed the same:
 *
 * <ul>
 *   <li>A header that was dropped by its name.
 *   <li>A header that was changed by its name and form.
 *   <li>A header that was added by its name. Where the name tells of proxies (see {@link AnonymityRules}) also by its form,
 *       so that a proxy's own entry beside that of the judge's machines shows up.
 * </ul>
 *
 * <p>Form: the members of a list, each of them the peer's address, another address, or text. Text does not matter in headers
 * that name machines ({@code Via}, {@code Forwarded}): which machine answers depends on where the question comes from.
 */
public final class JudgeBaseline {
    /** Most questions remembered. */
    public static final int MAX_SAMPLES = 4;

    /** Of a judge that shows requests as they arrive. */
    public static final JudgeBaseline NONE = new JudgeBaseline(List.of());

    private static final Set<String> NAMING_MACHINES =
            Set.of("via", "forwarded", "x-forwarded-by", "x-forwarded-server");
    private static final String PEER = "<peer>";
    private static final String ADDRESS = "<address>";
    private static final String MACHINE = "<machine>";

    private final List<Sample> samples;

    private JudgeBaseline(List<Sample> samples) {
        this.samples = samples;
    }

    /**
     * This, and what one more question showed.
     *
     * @param sent headers of the question as sent, without a proxy
     * @param arrived headers as the judge saw them
     * @param peer our address as the judge saw it
     */
    public JudgeBaseline with(List<HeaderField> sent, List<HeaderField> arrived, String peer) {
        Sample latest = Sample.of(HeaderChanges.between(sent, arrived), address(peer));
        List<Sample> all = new ArrayList<>(samples);
        all.remove(latest);
        all.add(latest);
        return new JudgeBaseline(List.copyOf(all.subList(Math.max(0, all.size() - MAX_SAMPLES), all.size())));
    }

    /** What remains of {@code changes} when the judge's own are taken out. */
    HeaderChanges without(HeaderChanges changes, String peer) {
        if (samples.isEmpty()) {
            return changes;
        }
        byte[] from = address(peer);
        Map<String, Integer> seen = new HashMap<>();
        List<HeaderField> added = new ArrayList<>();
        for (HeaderField field : changes.added()) {
            int index = seen.merge(lower(field.name()), 1, Integer::sum) - 1;
            if (!adds(field, index, from)) {
                added.add(field);
            }
        }
        List<HeaderField> removed = new ArrayList<>();
        for (HeaderField field : changes.removed()) {
            if (!removes(lower(field.name()))) {
                removed.add(field);
            }
        }
        List<HeaderChanges.Change> changed = new ArrayList<>();
        for (HeaderChanges.Change change : changes.changed()) {
            if (!changes(change, from)) {
                changed.add(change);
            }
        }
        return new HeaderChanges(added, removed, changed);
    }

    private boolean adds(HeaderField field, int index, byte @Nullable [] peer) {
        String name = lower(field.name());
        boolean anyValue = !AnonymityRules.tellsOfProxy(name);
        for (Sample sample : samples) {
            List<String> forms = sample.added.getOrDefault(name, List.of());
            if (index < forms.size() && (anyValue || forms.get(index).equals(form(name, field.value(), peer)))) {
                return true;
            }
        }
        return false;
    }

    private boolean removes(String name) {
        for (Sample sample : samples) {
            if (sample.removed.contains(name)) {
                return true;
            }
        }
        return false;
    }

    private boolean changes(HeaderChanges.Change change, byte @Nullable [] peer) {
        String name = lower(change.name());
        for (Sample sample : samples) {
            if (form(name, change.arrived(), peer).equals(sample.changed.get(name))) {
                return true;
            }
        }
        return false;
    }

    private static String form(String name, String value, byte @Nullable [] peer) {
        StringBuilder form = new StringBuilder();
        for (String member : value.split(",", -1)) {
            form.append(form.isEmpty() ? "" : ",").append(memberForm(name, member, peer));
        }
        return form.toString();
    }

    private static String memberForm(String name, String member, byte @Nullable [] peer) {
        String text = lower(member.trim());
        boolean address = false;
        int i = 0;
        while (i < text.length()) {
            int start = i;
            while (i < text.length() && isOfAddress(text.charAt(i))) {
                i++;
            }
            byte[] read = i == start ? null : address(text.substring(start, i));
            if (read != null && Arrays.equals(read, peer)) {
                return PEER;
            }
            address |= read != null;
            i = i == start ? i + 1 : i;
        }
        return address ? ADDRESS : NAMING_MACHINES.contains(name) ? MACHINE : text;
    }

    private static boolean isOfAddress(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c == ':' || c == '.';
    }

    /** The address in {@code text}, alone or with a port behind it (IPv4 only: IPv6 has brackets around it then). */
    private static byte @Nullable [] address(String text) {
        int colon = text.indexOf(':');
        boolean port = colon >= 0 && colon == text.lastIndexOf(':');
        byte[] read = IpAddress.parse(port ? text.substring(0, colon) : text);
        return read == null ? null : IpAddress.unmapped(read);
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** What one question showed; names in lower case. */
    private record Sample(Map<String, List<String>> added, Set<String> removed, Map<String, String> changed) {
        static Sample of(HeaderChanges changes, byte @Nullable [] peer) {
            Map<String, List<String>> added = new HashMap<>();
            for (HeaderField field : changes.added()) {
                String name = lower(field.name());
                added.computeIfAbsent(name, first -> new ArrayList<>()).add(form(name, field.value(), peer));
            }
            Set<String> removed = new HashSet<>();
            changes.removed().forEach(field -> removed.add(lower(field.name())));
            Map<String, String> changed = new HashMap<>();
            for (HeaderChanges.Change change : changes.changed()) {
                String name = lower(change.name());
                changed.put(name, form(name, change.arrived(), peer));
            }
            return new Sample(added, removed, changed);
        }
    }
}
