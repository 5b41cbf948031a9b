package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Verified;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CheckDeskTest {
    private static final int CAPACITY = 400;

    private final Map<Long, Promise<Verdict>> running = new HashMap<>();
    private final List<CheckCredit> credits = new ArrayList<>();
    private final List<List<CheckOutcome>> batches = new ArrayList<>();
    private final ArrayDeque<Promise<Void>> pauses = new ArrayDeque<>();
    private int refusals;
    private long nanos;
    private long millis = 1_000;

    private final CheckDesk desk = new CheckDesk(
            CAPACITY,
            1_000,
            due -> {
                Promise<Verdict> verdict = Promise.promise();
                running.put(due.id(), verdict);
                return verdict.future();
            },
            batch -> {
                if (refusals-- > 0) {
                    return Future.failedFuture("away");
                }
                batches.add(batch.outcomes());
                return Future.succeededFuture(batch.outcomes().size());
            },
            credits::add,
            pauseMillis -> {
                Promise<Void> over = Promise.promise();
                pauses.add(over);
                return over.future();
            },
            () -> nanos,
            () -> millis,
            new CheckMeters(new SimpleMeterRegistry()));

    @Test
    void nothingIsAcceptedBeforeCreditIsGranted() {
        assertThat(desk.accept(proxies(1, 5))).isZero();

        desk.grantAnew();

        assertThat(credits).containsExactly(new CheckCredit(1_000, CAPACITY));
        assertThat(desk.accept(proxies(1, 5))).isEqualTo(5);
    }

    @Test
    void creditIsGrantedAnewOnlyWhileNothingIsHeld() {
        desk.grantAnew();
        desk.grantAnew();
        assertThat(credits).extracting(CheckCredit::epoch).containsExactly(1_000L, 1_001L);
        desk.accept(proxies(1, 1));

        desk.grantAnew();

        assertThat(credits).hasSize(2);
    }

    @Test
    void moreThanTheCreditIsRefused() {
        desk.grantAnew();

        assertThat(desk.accept(proxies(1, CAPACITY + 50))).isEqualTo(CAPACITY);
        assertThat(desk.accept(proxies(1_000, 1))).isZero();
    }

    @Test
    void startsFollowTheRate() {
        desk.grantAnew();
        desk.accept(proxies(1, CAPACITY));

        desk.startDue();
        assertThat(desk.inFlight()).as("20 ms of 1,000 a second").isEqualTo(20);
        nanos += 10_000_000;
        desk.startDue();
        assertThat(desk.inFlight()).isEqualTo(30);
    }

    @Test
    void aRefusedBatchIsKeptAndOfferedAgain() {
        desk.grantAnew();
        desk.accept(proxies(1, 3));
        desk.startDue();
        finishAll();
        refusals = 2;

        desk.flush();
        assertThat(desk.held()).as("no credit before the acknowledgement").isEqualTo(3);
        pauses.remove().complete();
        pauses.remove().complete();

        assertThat(batches).hasSize(1);
        assertThat(batches.get(0)).hasSize(3);
        assertThat(credits.get(1)).isEqualTo(new CheckCredit(1_000, 3));
        assertThat(desk.held()).isZero();
    }

    @Test
    void aFullBatchDoesNotWait() {
        desk.grantAnew();
        desk.accept(proxies(1, 300));
        while (running.size() < 300) {
            nanos += 10_000_000;
            desk.startDue();
        }

        finishAll();

        assertThat(batches).hasSize(1);
        assertThat(batches.get(0)).hasSize(256);
        desk.flush();
        assertThat(batches.get(1)).hasSize(44);
    }

    @Test
    void aCheckThatBreaksIsNoVerdict() {
        desk.grantAnew();
        desk.accept(proxies(1, 1));
        desk.startDue();

        running.values().forEach(verdict -> verdict.fail(new IllegalStateException("a bug")));
        desk.flush();

        assertThat(batches.get(0).get(0).reason()).isEqualTo(FailureReason.LOCAL);
    }

    @Test
    void closingHandsOverEverythingKnownAndUnknown() {
        desk.grantAnew();
        desk.accept(proxies(1, 50));
        desk.startDue();
        refusals = 1;
        Objects.requireNonNull(running.get(1L)).complete(Verdict.connected(5));
        desk.flush();

        desk.close();
        assertThat(desk.accept(proxies(100, 1))).isZero();
        finishAll();
        pauses.remove().complete();
        assertThat(desk.isQuiet()).isTrue();
        assertThat(desk.handOverRest().succeeded()).isTrue();

        List<CheckOutcome> all = batches.stream().flatMap(List::stream).toList();
        assertThat(all)
                .extracting(outcome -> outcome.proxy().id())
                .doesNotHaveDuplicates()
                .hasSize(50);
        assertThat(all)
                .filteredOn(outcome -> outcome.reason() == FailureReason.LOCAL)
                .hasSize(30);
        assertThat(desk.held()).isZero();
        assertThat(credits).hasSize(1);
    }

    private void finishAll() {
        running.values()
                .forEach(verdict -> verdict.tryComplete(Verdict.failed(FailureReason.REFUSED, Verified.CONNECT)));
    }

    private static List<DueProxy> proxies(long firstId, int count) {
        List<DueProxy> proxies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            proxies.add(new DueProxy(
                    firstId + i, ProxyKey.of(Scheme.HTTP, "203.0.113.1", 1 + i), Health.fresh(0), CheckKind.CONNECT));
        }
        return proxies;
    }
}
