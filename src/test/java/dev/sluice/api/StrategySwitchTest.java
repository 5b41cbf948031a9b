package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class StrategySwitchTest {
    private static final Strategy CONFIGURED = Strategy.WEIGHTED_RANDOM;

    private final KeptSettings settings = new KeptSettings();
    private final StrategyInForce inForce = new StrategyInForce(CONFIGURED);
    private final StrategySwitch strategies = made(Duration.ofSeconds(30));

    private StrategySwitch made(Duration patience) {
        return new StrategySwitch(inForce, settings, CONFIGURED, patience);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void theConfiguredOneIsInForceAtFirst() throws Exception {
        await(strategies.load());
        assertThat(inForce.current()).isEqualTo(CONFIGURED);
        assertThat(strategies.state()).isEqualTo(new StrategySwitch.State(CONFIGURED, CONFIGURED, false, true));
    }

    @Test
    void aChoiceOutlivesARestart() throws Exception {
        StrategySwitch.State state = await(strategies.choose(Strategy.RANDOM));
        assertThat(state).isEqualTo(new StrategySwitch.State(Strategy.RANDOM, CONFIGURED, true, true));

        StrategyInForce afterRestart = new StrategyInForce(CONFIGURED);
        await(new StrategySwitch(afterRestart, settings, CONFIGURED).load());
        assertThat(afterRestart.current()).isEqualTo(Strategy.RANDOM);
    }

    @Test
    void aChoiceStandsBeforeANewConfiguration() throws Exception {
        await(strategies.choose(Strategy.RANDOM));
        strategies.configured(Strategy.FASTEST_HALF);
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);

        StrategySwitch.State state = await(strategies.reset());
        assertThat(inForce.current()).isEqualTo(Strategy.FASTEST_HALF);
        assertThat(state)
                .isEqualTo(new StrategySwitch.State(Strategy.FASTEST_HALF, Strategy.FASTEST_HALF, false, true));
        assertThat(settings.values()).isEmpty();
    }

    @Test
    void aNewConfigurationIsInForceWhereNothingWasChosen() {
        strategies.configured(Strategy.FASTEST_HALF);
        assertThat(inForce.current()).isEqualTo(Strategy.FASTEST_HALF);
    }

    @Test
    void anotherInstanceFollowsWhatWasChosen() throws Exception {
        StrategyInForce there = new StrategyInForce(CONFIGURED);
        StrategySwitch other = new StrategySwitch(there, settings, CONFIGURED);
        await(other.load());
        await(strategies.choose(Strategy.RANDOM));

        await(other.refresh());
        assertThat(there.current()).isEqualTo(Strategy.RANDOM);
        assertThat(other.state()).isEqualTo(new StrategySwitch.State(Strategy.RANDOM, CONFIGURED, true, true));

        await(other.reset());
        await(strategies.refresh());
        assertThat(strategies.state()).isEqualTo(new StrategySwitch.State(CONFIGURED, CONFIGURED, false, true));
    }

    @Test
    void whatIsReadAgainUndoesNoChoiceOfOurOwnThatIsOnItsWay() throws Exception {
        StrategySwitch impatient = made(Duration.ofMillis(20));
        settings.hold();
        await(impatient.choose(Strategy.RANDOM));

        await(impatient.refresh());
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);

        settings.letGo();
        await(impatient.refresh());
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);
    }

    @Test
    void aReadThatBeganBeforeAChoiceIsOutdated() throws Exception {
        settings.holdReads();
        Future<Void> read = strategies.refresh();
        await(strategies.choose(Strategy.RANDOM));
        settings.letReadsGo();

        await(read);
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);
    }

    @Test
    void aReadThatFailsOrFindsNoStrategyChangesNothing() throws Exception {
        await(strategies.choose(Strategy.RANDOM));
        settings.fail(true);
        assertThat(strategies.refresh().failed()).isTrue();
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);

        settings.fail(false);
        await(settings.put(StrategySwitch.SETTING, "alphabetical"));
        await(strategies.refresh());
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);
    }

    @Test
    void aKeptNameThatIsNoStrategyIsIgnored() throws Exception {
        await(settings.put(StrategySwitch.SETTING, "alphabetical"));
        await(strategies.load());
        assertThat(strategies.state()).isEqualTo(new StrategySwitch.State(CONFIGURED, CONFIGURED, false, true));
    }

    @Test
    void aStartWithoutDatabaseFails() {
        settings.fail(true);
        assertThat(strategies.load().failed()).isTrue();
        assertThat(inForce.current()).isEqualTo(CONFIGURED);
    }

    @Test
    void whatTheDatabaseRefusesIsInForceAndNotKept() throws Exception {
        settings.fail(true);
        StrategySwitch.State state = await(strategies.choose(Strategy.RANDOM));
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);
        assertThat(state.kept()).isFalse();

        settings.fail(false);
        assertThat(await(strategies.choose(Strategy.RANDOM)).kept()).isTrue();
        assertThat(settings.values()).isEqualTo(Map.of(StrategySwitch.SETTING, "random"));
    }

    @Test
    void aSilentDatabaseHoldsNobodyUpForLong() throws Exception {
        StrategySwitch impatient = made(Duration.ofMillis(20));
        settings.hold();
        assertThat(await(impatient.choose(Strategy.RANDOM)).kept()).isFalse();
        assertThat(inForce.current()).isEqualTo(Strategy.RANDOM);
        for (int i = 0; i < 1_000; i++) {
            assertThat(await(impatient.choose(Strategy.FASTEST_HALF)).kept()).isFalse();
        }
        assertThat(settings.held()).as("writes under way").isEqualTo(1);

        settings.letGo();
        assertThat(settings.values()).isEqualTo(Map.of(StrategySwitch.SETTING, "fastest-half"));
        assertThat(impatient.state().kept()).isTrue();
    }

    @Test
    void theLastOfManyChoicesIsTheOneThatIsKept() throws Exception {
        settings.hold();
        List<Future<StrategySwitch.State>> answers = new ArrayList<>();
        answers.add(strategies.choose(Strategy.RANDOM));
        answers.add(strategies.choose(Strategy.FASTEST_HALF));
        answers.add(strategies.reset());
        answers.add(strategies.choose(Strategy.FASTEST_HALF));
        assertThat(settings.held()).as("writes under way").isEqualTo(1);

        settings.letGo();
        for (Future<StrategySwitch.State> answer : answers) {
            await(answer);
        }
        assertThat(settings.values()).isEqualTo(Map.of(StrategySwitch.SETTING, "fastest-half"));
        assertThat(strategies.state().kept()).isTrue();
    }
}
