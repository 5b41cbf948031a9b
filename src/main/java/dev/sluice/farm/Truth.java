package dev.sluice.farm;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What a correct checker would find out, entry by entry. Pure. */
final class Truth {
    private Truth() {}

    /**
     * NDJSON, one object an identity: a port that speaks two protocols has two lines.
     *
     * @param killed entries that are dead for now
     */
    static String lines(FarmPlan plan, Predicate<FarmProxy> killed) {
        StringBuilder lines = new StringBuilder(plan.proxies().size() * 320);
        for (FarmProxy proxy : plan.proxies()) {
            boolean dead = killed.test(proxy);
            for (ProxyKey identity : proxy.identities()) {
                lines.append(Json.write(line(proxy, identity, dead))).append('\n');
            }
        }
        return lines.toString();
    }

    private static Map<String, Object> line(FarmProxy proxy, ProxyKey identity, boolean dead) {
        Scheme scheme = identity.scheme();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("url", identity.url());
        line.put("host", identity.host());
        line.put("port", identity.port());
        line.put("scheme", scheme.text());
        line.put("listed_as", proxy.claim().text());
        line.put("behaviour", proxy.kind().text());
        line.put("alive", !dead && proxy.alive());
        line.put("anonymity", (dead ? Anonymity.UNKNOWN : proxy.anonymity(scheme)).text());
        line.put("tampering", (dead ? Tampering.NONE : proxy.tampering()).text());
        line.put("http", !dead && proxy.http(scheme));
        line.put("https", !dead && proxy.https());
        line.put("exit_address", dead ? null : proxy.exitAddress());
        line.put("rotating", !dead && proxy.rotating());
        if (!dead && proxy.rotating()) {
            line.put("exit_addresses", proxy.exitAddresses());
        }
        line.put("servable", !dead && proxy.servable());
        List<FailureReason> reasons = dead ? reasonsOfDeath(proxy) : proxy.reasons(scheme);
        line.put("reason", reasons.isEmpty() ? null : reasons.get(0).text());
        line.put("reasons", reasons.stream().map(FailureReason::text).toList());
        return line;
    }

    /** What is killed resets what it accepts; the ports of those who never accepted do not change. */
    private static List<FailureReason> reasonsOfDeath(FarmProxy proxy) {
        return switch (proxy.kind()) {
            case REFUSE -> List.of(FailureReason.REFUSED);
            case SILENT -> List.of(FailureReason.CONNECT_TIMEOUT);
            default -> List.of(FailureReason.RESET);
        };
    }

    /** Counts of identities. */
    static Map<String, Object> summary(FarmPlan plan, Predicate<FarmProxy> killed) {
        int identities = 0;
        int alive = 0;
        int servable = 0;
        Map<String, Integer> kinds = new TreeMap<>();
        Map<String, Integer> schemes = new TreeMap<>();
        for (FarmProxy proxy : plan.proxies()) {
            boolean dead = killed.test(proxy);
            kinds.merge(proxy.kind().text(), 1, Integer::sum);
            for (ProxyKey identity : proxy.identities()) {
                identities++;
                alive += !dead && proxy.alive() ? 1 : 0;
                if (!dead && proxy.servable()) {
                    servable++;
                    schemes.merge(identity.scheme().text(), 1, Integer::sum);
                }
            }
        }
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("entries", plan.proxies().size());
        summary.put("identities", identities);
        summary.put("alive", alive);
        summary.put("servable", servable);
        summary.put("servable_by_scheme", schemes);
        summary.put("entries_by_behaviour", kinds);
        return summary;
    }
}
