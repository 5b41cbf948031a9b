package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.DueProxy;
import dev.sluice.pace.NetworkQuota;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {
    @Test
    void whoeverCameFirstIsStartedFirst() {
        WaitingRoom room = new WaitingRoom(new NetworkQuota(0, 0));
        List<Ticket> tickets = List.of(ticket("192.0.2.1", 1), ticket("192.0.2.1", 2), ticket("192.0.2.2", 3));
        tickets.forEach(room::add);

        assertThat(List.of(next(room), next(room), next(room))).isEqualTo(tickets);
        assertThat(room.next()).isNull();
        assertThat(room.size()).isZero();
    }

    @Test
    void anAddressThatHasItsShareStepsAsideUntilOneEnds() {
        WaitingRoom room = new WaitingRoom(new NetworkQuota(1, 0));
        Ticket first = ticket("192.0.2.1", 1);
        Ticket second = ticket("192.0.2.1", 2);
        Ticket other = ticket("198.51.100.1", 1);
        List.of(first, second, other).forEach(room::add);

        assertThat(room.next()).isSameAs(first);
        assertThat(room.next()).isSameAs(other);
        assertThat(room.next()).isNull();
        assertThat(room.size()).isEqualTo(1);
        room.leave(first);

        assertThat(room.next()).isSameAs(second);
    }

    @Test
    void nobodyIsForgottenAndNoNetworkHasMoreThanItMay() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        WaitingRoom room = new WaitingRoom(new NetworkQuota(2, 3));
        int count = 2_000;
        for (int i = 0; i < count; i++) {
            String host = switch (random.nextInt(3)) {
                case 0 -> "192.0.2." + random.nextInt(5);
                case 1 -> "2001:db8:" + random.nextInt(3) + "::" + (1 + random.nextInt(3));
                default -> "proxy" + random.nextInt(4) + ".example";
            };
            room.add(ticket(host, 1 + i));
        }
        Map<String, Integer> underWay = new HashMap<>();
        ArrayDeque<Ticket> started = new ArrayDeque<>();
        int done = 0;
        while (done < count) {
            for (Ticket next = room.next(); next != null; next = room.next()) {
                String host = next.due.key().host();
                assertThat(underWay.merge(host, 1, Integer::sum))
                        .as("seed %d, %s", seed, host)
                        .isLessThanOrEqualTo(2);
                started.add(next);
            }
            assertThat(started.stream().filter(ticket -> ticket.due.key().host().startsWith("192.0.2.")))
                    .as("seed %d", seed)
                    .hasSizeLessThanOrEqualTo(3);
            assertThat(started)
                    .as("seed %d: somebody can always be started", seed)
                    .isNotEmpty();
            Ticket over = started.remove();
            underWay.merge(over.due.key().host(), -1, Integer::sum);
            room.leave(over);
            done++;
        }
        assertThat(room.size()).isZero();
    }

    @Test
    void clearingFindsThoseWhoSteppedAside() {
        WaitingRoom room = new WaitingRoom(new NetworkQuota(1, 1));
        for (int i = 1; i <= 10; i++) {
            room.add(ticket("192.0.2." + i % 3, i));
        }
        room.next();
        room.next();
        List<Ticket> evicted = new ArrayList<>();

        for (Ticket ticket = room.evict(); ticket != null; ticket = room.evict()) {
            evicted.add(ticket);
        }

        assertThat(evicted).hasSize(9).doesNotHaveDuplicates();
        assertThat(room.size()).isZero();
    }

    private static Ticket next(WaitingRoom room) {
        Ticket next = room.next();
        assertThat(next).isNotNull();
        return java.util.Objects.requireNonNull(next);
    }

    private static Ticket ticket(String host, int port) {
        return new Ticket(
                new DueProxy(port, ProxyKey.of(Scheme.HTTP, host, port), Health.fresh(0), CheckKind.COMPREHENSIVE));
    }
}
