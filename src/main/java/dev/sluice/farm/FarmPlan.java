package dev.sluice.farm;

import dev.sluice.net.farm.FarmPorts;
import dev.sluice.net.farm.Role;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who lives on the farm. A pure function of mix, count, seed and ports: the same on every machine and Java. Immutable.
 *
 * <p>Kinds occur in the mix's proportions to within one entry, in seeded order, at distinct addresses of 127.0.0.0/8
 * outside 127.0.0.0/24, which are the addresses they leave from; who rotates leaves from further ones. Of the entries that may be listed under several protocols, about half are listed as HTTP or by the
 * protocol they speak, the others as {@code https} (HTTP with CONNECT) or, one in twenty, without a protocol.
 */
public final class FarmPlan {
    /** Most entries of a plan. */
    public static final int MAX_COUNT = 1_000_000;

    private static final int UNKNOWN_IN = 20;
    private static final int ROTATING_EXITS = 4;

    private final List<FarmProxy> proxies;
    private final int[] addresses;
    private final FarmProxy[] byAddress;

    private FarmPlan(List<FarmProxy> proxies) {
        this.proxies = List.copyOf(proxies);
        this.byAddress = proxies.toArray(FarmProxy[]::new);
        Arrays.sort(byAddress, Comparator.comparingInt(FarmProxy::address));
        this.addresses = new int[byAddress.length];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = byAddress[i].address();
        }
    }

    /**
     * Draws a plan.
     *
     * @param count 1..{@link #MAX_COUNT}
     * @param ports where each group listens
     */
    public static FarmPlan create(FarmMix mix, int count, long seed, FarmPorts ports) {
        if (count < 1 || count > MAX_COUNT) {
            throw new IllegalArgumentException("count: " + count + " (expected: 1.." + MAX_COUNT + ")");
        }
        Random random = new Random(seed);
        List<FarmKind> kinds = apportion(mix, count);
        Collections.shuffle(kinds, random);
        AddressDraw draw = new AddressDraw(random);
        int[] addresses = new int[count];
        Arrays.setAll(addresses, index -> draw.next());
        List<FarmProxy> proxies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            FarmKind kind = kinds.get(i);
            Scheme claim = claim(kind, random);
            Role role = new Role(
                    kind.behaviour(),
                    Set.copyOf(kind.speaks()),
                    kind.anonymity(),
                    kind.forwardsHttp(),
                    kind.tunnels(),
                    credentials(kind, i, random),
                    exits(kind, draw));
            proxies.add(new FarmProxy(addresses[i], port(kind, claim, ports), claim, kind, role));
        }
        return new FarmPlan(proxies);
    }

    /** Everybody, in the order of the lists. */
    public List<FarmProxy> proxies() {
        return proxies;
    }

    /** Who lives at an address (four bytes in network order); null when nobody does. */
    public @Nullable FarmProxy at(int address) {
        int index = Arrays.binarySearch(addresses, address);
        return index < 0 ? null : byAddress[index];
    }

    /** Largest remainders (Hamilton): shares sum up to {@code count}, each within one of its quota. */
    private static List<FarmKind> apportion(FarmMix mix, int count) {
        long sum = mix.weights().values().stream().mapToLong(Integer::longValue).sum();
        Map<FarmKind, Long> remainders = new EnumMap<>(FarmKind.class);
        List<FarmKind> kinds = new ArrayList<>(count);
        mix.weights().forEach((kind, weight) -> {
            long product = (long) weight * count;
            kinds.addAll(Collections.nCopies((int) (product / sum), kind));
            remainders.put(kind, product % sum);
        });
        remainders.entrySet().stream()
                .sorted(Map.Entry.<FarmKind, Long>comparingByValue().reversed())
                .limit(count - kinds.size())
                .forEach(entry -> kinds.add(entry.getKey()));
        return kinds;
    }

    private static List<Integer> exits(FarmKind kind, AddressDraw draw) {
        return kind.rotates()
                ? Stream.generate(draw::next).limit(ROTATING_EXITS).toList()
                : List.of();
    }

    private static Scheme claim(FarmKind kind, Random random) {
        Set<Scheme> claims = kind.claims();
        if (claims.size() == 1) {
            return claims.iterator().next();
        }
        boolean unknown = random.nextInt(UNKNOWN_IN) == 0 && claims.contains(Scheme.UNKNOWN);
        int draw = random.nextInt(100);
        if (unknown) {
            return Scheme.UNKNOWN;
        }
        Scheme drawn = kind.speaks().isEmpty()
                ? draw < 50 ? Scheme.HTTP : draw < 65 ? Scheme.HTTPS : draw < 80 ? Scheme.SOCKS4 : Scheme.SOCKS5
                : draw < 30 ? Scheme.HTTPS : kind.speaks().get(0);
        if (claims.contains(drawn)) {
            return drawn;
        }
        return kind.speaks().isEmpty() ? Scheme.HTTP : kind.speaks().get(0);
    }

    private static int port(FarmKind kind, Scheme claim, FarmPorts ports) {
        return switch (kind) {
            case REFUSE -> ports.refused();
            case SILENT -> ports.silent();
            default ->
                switch (claim) {
                    case HTTP, HTTPS -> ports.http();
                    case SOCKS4, SOCKS5 -> ports.socks();
                    case UNKNOWN -> ports.mixed();
                };
        };
    }

    private static @Nullable Credentials credentials(FarmKind kind, int index, Random random) {
        if (kind.ask() == FarmKind.Ask.NOTHING) {
            return null;
        }
        return Credentials.of("user" + index, HexFormat.of().toHexDigits(random.nextLong()));
    }
}
