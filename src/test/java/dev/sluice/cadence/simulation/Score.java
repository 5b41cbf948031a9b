package dev.sluice.cadence.simulation;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Tier;
import java.util.Locale;

/** What a policy was worth in a span of time. */
public final class Score {
    /** What the cells of {@link #row()} are. */
    public static final String HEADING = "checks a proxy and day | precision | recall | wrong proxy-hours a day"
            + " | death noticed after h, p50 / p95 | deaths noticed | return noticed after h, p50 / p95 | returns noticed";

    static final double MILLIS_PER_HOUR = 3_600_000;
    private static final double MILLIS_PER_DAY = 24 * MILLIS_PER_HOUR;
    private static final int TIERS = Tier.values().length;

    private final long fromMillis;
    private final long toMillis;
    private final long[] checks = new long[CheckKind.values().length];
    private final long[][] tiers = new long[TIERS][TIERS];
    private final Delays deaths = new Delays();
    private final Delays revivals = new Delays();
    private long proxies;
    private long believed;
    private long worked;
    private long both;

    Score(long fromMillis, long toMillis) {
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
    }

    // taking down

    void proxy() {
        proxies++;
    }

    void check(CheckKind kind, long atMillis) {
        if (atMillis >= fromMillis && atMillis < toMillis) {
            checks[kind.ordinal()]++;
        }
    }

    /** One proxy's belief against its truth. */
    void belief(Course belief, Lifeline truth) {
        long[] flips = truth.flips();
        for (int i = 0; i < flips.length; i += 2) {
            worked += overlap(flips[i], flips[i + 1]);
        }
        int run = 0;
        for (int change = 0; change < belief.size(); change++) {
            if (belief.value(change) == 0) {
                continue;
            }
            long from = belief.at(change);
            long to = belief.until(change);
            believed += overlap(from, to);
            while (run < flips.length && flips[run + 1] <= from) {
                run += 2;
            }
            for (int i = run; i < flips.length && flips[i] < to; i += 2) {
                both += overlap(Math.max(from, flips[i]), Math.min(to, flips[i + 1]));
            }
        }
        notice(belief, flips);
    }

    private void notice(Course belief, long[] flips) {
        for (int i = 0; i < flips.length; i++) {
            long at = flips[i];
            if (at < fromMillis || at >= toMillis || belief.size() == 0 || at <= belief.at(0)) {
                continue;
            }
            boolean death = i % 2 == 1;
            int change = belief.in(at);
            if ((belief.value(change) == 1) == death) {
                Delays delays = death ? deaths : revivals;
                long noticed = belief.until(change);
                long over = i + 1 < flips.length ? flips[i + 1] : Long.MAX_VALUE;
                if (noticed < over && noticed < toMillis) {
                    delays.add(noticed - at);
                } else if (over <= toMillis) {
                    delays.miss();
                }
            }
        }
    }

    /** One proxy's tiers against those of the oracle. */
    void tiers(Course tiers, Course oracle) {
        int mine = 0;
        int right = 0;
        while (mine < tiers.size() && right < oracle.size()) {
            long from = Math.max(tiers.at(mine), oracle.at(right));
            long to = Math.min(tiers.until(mine), oracle.until(right));
            this.tiers[oracle.value(right)][tiers.value(mine)] += overlap(from, to);
            if (tiers.until(mine) <= to) {
                mine++;
            }
            if (right < oracle.size() && oracle.until(right) <= to) {
                right++;
            }
            if (to == Long.MAX_VALUE) {
                break;
            }
        }
    }

    private long overlap(long from, long to) {
        return Math.max(0, Math.min(to, toMillis) - Math.max(from, fromMillis));
    }

    void add(Score other) {
        for (int i = 0; i < checks.length; i++) {
            checks[i] += other.checks[i];
        }
        for (int i = 0; i < TIERS; i++) {
            for (int j = 0; j < TIERS; j++) {
                tiers[i][j] += other.tiers[i][j];
            }
        }
        deaths.addAll(other.deaths);
        revivals.addAll(other.revivals);
        proxies += other.proxies;
        believed += other.believed;
        worked += other.worked;
        both += other.both;
    }

    // reading

    /** Checks of every kind, confirmations included. */
    public long checks() {
        long sum = 0;
        for (long count : checks) {
            sum += count;
        }
        return sum;
    }

    /** Checks of one kind. */
    public long checks(CheckKind kind) {
        return checks[kind.ordinal()];
    }

    /** Checks for each proxy and day, those not found yet included. */
    public double checksPerProxyDay() {
        return checks() / (proxies * days());
    }

    /** Hours believed working and working, of the hours believed working. */
    public double precision() {
        return (double) both / believed;
    }

    /** Hours believed working and working, of the hours working. */
    public double recall() {
        return (double) both / worked;
    }

    /** Proxy-hours a day believed working and dead, or believed dead and working. */
    public double wrongHoursPerDay() {
        return (believed + worked - 2 * both) / MILLIS_PER_HOUR / days();
    }

    /** How soon the death of a proxy believed working was noticed. */
    public Delays deaths() {
        return deaths;
    }

    /** How soon the return of a proxy believed dead was noticed. */
    public Delays revivals() {
        return revivals;
    }

    /** Share of proxy-hours whose tier is the oracle's. */
    public double tierAccuracy() {
        long right = 0;
        long all = 0;
        for (int i = 0; i < TIERS; i++) {
            right += tiers[i][i];
            all += oracleMillis(i);
        }
        return (double) right / all;
    }

    /** Of the hours the oracle has in a tier, the share that has the same one. */
    public double tierRecall(Tier tier) {
        return (double) tiers[tier.ordinal()][tier.ordinal()] / oracleMillis(tier.ordinal());
    }

    /** Share of the oracle's hours in a tier. */
    public double tierShare(Tier tier) {
        long all = 0;
        for (int i = 0; i < TIERS; i++) {
            all += oracleMillis(i);
        }
        return (double) oracleMillis(tier.ordinal()) / all;
    }

    /** Mean of {@link #tierRecall} over the tiers the oracle uses. */
    public double balancedTierAccuracy() {
        double sum = 0;
        int used = 0;
        for (Tier tier : Tier.values()) {
            if (oracleMillis(tier.ordinal()) > 0) {
                sum += tierRecall(tier);
                used++;
            }
        }
        return sum / used;
    }

    private long oracleMillis(int tier) {
        long sum = 0;
        for (long millis : tiers[tier]) {
            sum += millis;
        }
        return sum;
    }

    /** Everything but tiers, as the cells of a row of {@link #HEADING}. */
    public String row() {
        return String.format(
                Locale.ROOT,
                "%.3f | %.3f | %.3f | %,.0f | %.1f / %.1f | %.0f %% | %.1f / %.1f | %.0f %%",
                checksPerProxyDay(),
                precision(),
                recall(),
                wrongHoursPerDay(),
                deaths.hours(0.5),
                deaths.hours(0.95),
                100 * deaths.noticed(),
                revivals.hours(0.5),
                revivals.hours(0.95),
                100 * revivals.noticed());
    }

    private double days() {
        return (toMillis - fromMillis) / MILLIS_PER_DAY;
    }

    /** Saved checks: 0.6 where this one made 40 of the other's 100. */
    public double fewerThan(Score other) {
        return 1 - (double) checks() / other.checks();
    }

    /** Whether neither precision nor recall is lower. */
    public boolean atLeastAsGoodAs(Score other) {
        return precision() >= other.precision() && recall() >= other.recall();
    }
}
