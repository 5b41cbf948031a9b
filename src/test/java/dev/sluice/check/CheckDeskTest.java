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
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckDeskTest {
    private final List<CheckCredit> credits = new ArrayList<>();
    private final List<List<CheckOutcome>> batches = new ArrayList<>();
    private final ArrayDeque<Promise<Void>> pauses = new ArrayDeque<>();
    private int capacity = 400;
    private int refusals;

    private final CheckDesk desk = new CheckDesk(
            () -> capacity,
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
            () -> 1_000);

    @Test
    void thereIsNoCreditBeforeItIsGranted() {
        desk.grantMore();
        assertThat(desk.creditFor(5)).isZero();

        desk.grantAnew();

        assertThat(credits).containsExactly(new CheckCredit(1_000, 400));
        assertThat(desk.creditFor(5)).isEqualTo(5);
    }

    @Test
    void creditIsGrantedAnewOnlyWhileNothingIsHeld() {
        desk.grantAnew();
        desk.grantAnew();
        assertThat(credits).extracting(CheckCredit::epoch).containsExactly(1_000L, 1_001L);
        desk.accepted(1);

        desk.grantAnew();

        assertThat(credits).hasSize(2);
    }

    @Test
    void whatWasAcceptedUsesTheCreditUp() {
        desk.grantAnew();
        assertThat(desk.creditFor(450)).isEqualTo(400);

        desk.accepted(390);

        assertThat(desk.creditFor(450)).isEqualTo(10);
    }

    @Test
    void creditGrowsWithTheCapacityAndNeverShrinks() {
        desk.grantAnew();
        desk.accepted(100);

        capacity = 600;
        desk.grantMore();
        desk.grantMore();
        capacity = 50;
        desk.grantMore();

        assertThat(credits).containsExactly(new CheckCredit(1_000, 400), new CheckCredit(1_000, 200));
        assertThat(desk.creditFor(1_000)).isEqualTo(500);
    }

    @Test
    void aRefusedBatchIsKeptAndOfferedAgain() {
        desk.grantAnew();
        desk.accepted(3);
        refusals = 2;

        desk.ended(outcomes(1, 3));
        assertThat(desk.held()).as("no credit before the acknowledgement").isEqualTo(3);
        pauses.remove().complete();
        pauses.remove().complete();

        assertThat(batches).hasSize(1);
        assertThat(batches.get(0)).hasSize(3);
        assertThat(credits.get(1)).isEqualTo(new CheckCredit(1_000, 3));
        assertThat(desk.held()).isZero();
    }

    @Test
    void manyOutcomesAreHandedOverInBatchesAndNoneIsLost() {
        desk.grantAnew();
        desk.accepted(400);
        refusals = 4;

        desk.ended(outcomes(1, 1_400));
        assertThat(pauses).as("hand-overs at a time").hasSize(4);
        pauses.forEach(Promise::complete);

        assertThat(batches).allSatisfy(batch -> assertThat(batch).hasSizeLessThanOrEqualTo(256));
        assertThat(batches.stream()
                        .flatMap(List::stream)
                        .map(outcome -> outcome.proxy().id()))
                .hasSize(1_400)
                .doesNotHaveDuplicates();
    }

    @Test
    void whatIsLeftAtTheEndIsHandedOverOnce() {
        desk.grantAnew();
        desk.accepted(5);
        refusals = 1;
        desk.ended(outcomes(1, 3));
        assertThat(desk.isQuiet()).isFalse();

        desk.close();
        pauses.remove().complete();
        desk.ended(outcomes(4, 2));
        assertThat(desk.isQuiet()).isTrue();
        assertThat(batches).isEmpty();
        Future<Void> rest = desk.handOverRest();

        assertThat(rest.succeeded()).isTrue();
        assertThat(batches.stream()
                        .flatMap(List::stream)
                        .map(outcome -> outcome.proxy().id()))
                .containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L);
        assertThat(credits).as("nothing is granted any more").hasSize(1);
        assertThat(desk.creditFor(1)).isZero();
    }

    private static List<CheckOutcome> outcomes(long first, int count) {
        List<CheckOutcome> outcomes = new ArrayList<>();
        for (long id = first; id < first + count; id++) {
            DueProxy due = new DueProxy(
                    id, ProxyKey.of(Scheme.HTTP, "127.0.0.1", 80), Health.fresh(0), CheckKind.COMPREHENSIVE);
            outcomes.add(Verdict.failed(FailureReason.REFUSED, Verified.FULL).outcome(due, 1_000));
        }
        return outcomes;
    }
}
