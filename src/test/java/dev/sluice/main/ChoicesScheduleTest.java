package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.StrategySwitch;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Settings;
import dev.sluice.port.Timetable;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ChoicesScheduleTest {
    private static final Strategy CONFIGURED = Strategy.WEIGHTED_RANDOM;

    private final MemoryProxyStore store = new MemoryProxyStore();
    private final List<Timetable.Plan> plans = new ArrayList<>();
    private final List<Function<Timetable.Start, Future<Duration>>> works = new ArrayList<>();
    private final Timetable timetable = (plan, work) -> {
        plans.add(plan);
        works.add(work);
        return Future::succeededFuture;
    };

    private StrategySwitch instance(StrategyInForce inForce, Settings settings) {
        StrategySwitch strategies = new StrategySwitch(inForce, settings, CONFIGURED);
        ChoicesSchedule.enter(timetable, List.of(strategies::refresh));
        return strategies;
    }

    private static Future<Duration> run(Function<Timetable.Start, Future<Duration>> work) {
        return work.apply(new Timetable.Start(0, 0));
    }

    @Test
    void whatOneInstanceKeepsTheOtherLearnsByItsNextRun() {
        instance(new StrategyInForce(CONFIGURED), store.settings());
        StrategyInForce there = new StrategyInForce(CONFIGURED);
        instance(there, store.settings());
        store.settings().put(StrategySwitch.SETTING, "random").await();

        works.forEach(work -> run(work).await());

        assertThat(there.current()).isEqualTo(Strategy.RANDOM);
        assertThat(plans).hasSize(2).allSatisfy(plan -> {
            assertThat(plan.name()).isEqualTo(ChoicesSchedule.NAME);
            assertThat(plan.period()).isEqualTo(Duration.ofSeconds(10));
        });
    }

    @Test
    void aReaderThatFailsShowsAndHoldsUpNoOther() {
        StrategyInForce there = new StrategyInForce(CONFIGURED);
        StrategySwitch strategies = new StrategySwitch(there, store.settings(), CONFIGURED);
        ChoicesSchedule.enter(
                timetable, List.of(() -> Future.failedFuture(new IllegalStateException("no")), strategies::refresh));
        store.settings().put(StrategySwitch.SETTING, "random").await();

        assertThat(run(works.get(0)).failed()).isTrue();

        assertThat(there.current()).isEqualTo(Strategy.RANDOM);
        store.fail(StoreException.Kind.UNAVAILABLE);
        assertThat(run(works.get(0)).failed()).isTrue();
        assertThat(there.current()).isEqualTo(Strategy.RANDOM);
    }
}
