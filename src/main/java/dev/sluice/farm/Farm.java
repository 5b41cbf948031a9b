package dev.sluice.farm;

import dev.sluice.net.farm.Accepted;
import dev.sluice.net.farm.Behaviour;
import dev.sluice.net.farm.FarmNetwork;
import dev.sluice.net.farm.FarmPorts;
import dev.sluice.net.farm.Role;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A running farm: where it is, who lives there, and what may change meanwhile. Thread-safe. */
public final class Farm {
    private static final int MAX_OUTAGE_HOURS = 24;
    private static final int ANCHOR_ADDRESS = 127 << 24 | 1;
    private static final Role ANCHOR = Role.of(Behaviour.ANCHOR);

    private final FarmPlan plan;
    private final FarmNetwork network;
    private final InstantSource clock;
    private final Set<Integer> killed = ConcurrentHashMap.newKeySet();
    private volatile Listing listing;
    private volatile @Nullable Sites sites;

    Farm(FarmPlan plan, FarmNetwork network, InstantSource clock) {
        this.plan = plan;
        this.network = network;
        this.clock = clock;
        this.listing = new Listing(plan.proxies(), clock.instant());
    }

    /** Called once, when the web servers have their ports. */
    void moveIn(Sites at) {
        sites = at;
    }

    /** Base of lists, truth and plain HTTP target, for example {@code http://127.0.0.1:40001}, without a slash. */
    public String webUrl() {
        return sites().web();
    }

    /** Base of what steers the farm, for example {@code http://127.0.0.1:40003}, without a slash. No outage reaches it. */
    public String controlUrl() {
        return sites().control();
    }

    /** Base of the target over TLS, for example {@code https://127.0.0.1:40002}, without a slash. */
    public String tlsUrl() {
        return sites().tls();
    }

    /** The certificate of the target over TLS, in PEM; what comes through a tunnel must be this one. */
    public String tlsCertificatePem() {
        return sites().certificatePem();
    }

    /** Where the proxies are. */
    public FarmPorts ports() {
        return network.ports();
    }

    /** Where a connection tells whether the way to the farm is open: a listener behind the same knee and outages. */
    public InetSocketAddress anchor() {
        return InetSocketAddress.createUnresolved("127.0.0.1", network.ports().http());
    }

    /** Everybody, in the order of the lists, killed and delisted ones included. */
    public List<FarmProxy> proxies() {
        return plan.proxies();
    }

    /** The first entry of a kind; empty when the mix has none. */
    public Optional<FarmProxy> first(FarmKind kind) {
        return plan.proxies().stream().filter(proxy -> proxy.kind() == kind).findFirst();
    }

    /** Whether silent entries were seen to be silent; without it they accept and say nothing, as some kernels want it. */
    public boolean silenceVerified() {
        return network.silenceVerified();
    }

    /** Connections accepted so far by behaviour; those to silent and refusing entries never are. */
    public Map<Behaviour, Long> connections() {
        return network.connections();
    }

    /** How many connections were accepted, and when. */
    public Accepted accepted() {
        return network.accepted();
    }

    /**
     * Moves the knee.
     *
     * @param perSecond connections a second, 1 or more
     * @throws IllegalArgumentException when {@code perSecond} is no rate
     * @throws IllegalStateException when the farm was opened without a knee
     */
    public void bend(int perSecond) {
        network.bend(perSecond);
    }

    /**
     * For as long as told it is as if the way to the farm were cut: no proxy, no anchor and no target answers, and the
     * connections there are are reset. Lists and truth stay. Takes the place of an outage that is under way.
     *
     * @param length 0..{@value #MAX_OUTAGE_HOURS} h; zero ends it
     * @return completes when it has begun, or ended; never fails
     * @throws IllegalArgumentException when {@code length} is out of range
     */
    public Future<Void> outage(Duration length) {
        if (length.isNegative() || length.compareTo(Duration.ofHours(MAX_OUTAGE_HOURS)) > 0) {
            throw new IllegalArgumentException("for: " + length + " (expected: 0.." + MAX_OUTAGE_HOURS + " h)");
        }
        return network.outage(length);
    }

    boolean isCutOff() {
        return !network.outageLeft().isZero();
    }

    /** Accepted connections that are open now. */
    public int openConnections() {
        return network.openConnections();
    }

    /** Sockets of the proxies that are open now, listeners included. */
    public int openSockets() {
        return network.openSockets();
    }

    /**
     * The entry dies: its connections are closed, new ones are reset. The lists keep it, the truth knows.
     *
     * @throws IllegalArgumentException when nobody lives at {@code host}
     */
    public void kill(String host) {
        FarmProxy proxy = at(host);
        killed.add(proxy.address());
        network.drop(proxy.address());
    }

    /**
     * The entry is again what the plan says.
     *
     * @throws IllegalArgumentException when nobody lives at {@code host}
     */
    public void revive(String host) {
        killed.remove(at(host).address());
    }

    /**
     * The entry leaves the lists; it goes on as it is.
     *
     * @throws IllegalArgumentException when nobody lives at {@code host}
     */
    public synchronized void delist(String host) {
        FarmProxy leaving = at(host);
        relist(listing.proxies().stream()
                .filter(proxy -> proxy.address() != leaving.address())
                .toList());
    }

    /** Everybody is listed again. */
    public synchronized void relistAll() {
        relist(plan.proxies());
    }

    private void relist(List<FarmProxy> proxies) {
        listing = new Listing(proxies, clock.instant());
    }

    /** What each entry is: NDJSON, an object for each protocol an entry speaks. Takes a while with many entries. */
    public String truth() {
        return Truth.lines(plan, this::isKilled);
    }

    String truthSummary() {
        Map<String, Object> summary = Truth.summary(plan, this::isKilled);
        Map<String, Long> connections = new TreeMap<>();
        connections().forEach((behaviour, count) -> connections.put(behaviour.text(), count));
        summary.put("connections_by_behaviour", connections);
        summary.put("open_connections", openConnections());
        Accepted accepted = accepted();
        summary.put("accepted", accepted.total());
        summary.put("accepted_per_second", accepted.perSecond());
        summary.put("accepted_peak", accepted.peak());
        summary.put("anchor", anchor().getHostString() + ':' + anchor().getPort());
        summary.put("anchor_port", anchor().getPort());
        summary.put("knee_per_second", network.kneePerSecond() == 0 ? null : network.kneePerSecond());
        summary.put("outage_left_ms", network.outageLeft().toMillis());
        summary.put("silence_verified", silenceVerified());
        return Json.write(summary);
    }

    Listing listing() {
        return listing;
    }

    /** What is played at an address: nobody is there when it was killed or another port was dialled. */
    @Nullable
    Role roleAt(int address, int port) {
        if (address == ANCHOR_ADDRESS && port == network.ports().http()) {
            return ANCHOR;
        }
        FarmProxy proxy = plan.at(address);
        return proxy == null || proxy.port() != port || killed.contains(address) ? null : proxy.role();
    }

    private boolean isKilled(FarmProxy proxy) {
        return killed.contains(proxy.address());
    }

    private FarmProxy at(String host) {
        String[] parts = host.split("\\.", -1);
        int address = 0;
        for (String part : parts) {
            if (!part.matches("\\d{1,3}")) {
                throw new IllegalArgumentException("host: " + host + " (expected: 127.x.y.z)");
            }
            address = address << 8 | Integer.parseInt(part);
        }
        FarmProxy proxy = parts.length == 4 ? plan.at(address) : null;
        if (proxy == null) {
            throw new IllegalArgumentException("host: " + host + " (expected: an address of the farm)");
        }
        return proxy;
    }

    private Sites sites() {
        Sites at = sites;
        if (at == null) {
            throw new IllegalStateException("the farm's web servers have not started");
        }
        return at;
    }

    /** Who is on the lists, and since when these are as they are. */
    record Listing(List<FarmProxy> proxies, Instant changedAt) {}

    /** Where the web servers are. */
    record Sites(String web, String tls, String control, String certificatePem) {}
}
