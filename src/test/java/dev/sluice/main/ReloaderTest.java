package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigFile;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.Problem;
import dev.sluice.config.SluiceConfig;
import dev.sluice.message.ConfigChanged;
import dev.sluice.port.Reload;
import dev.sluice.port.Reloadable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class ReloaderTest {
    private final List<String> story = new ArrayList<>();
    private final List<ConfigChanged> told = new ArrayList<>();
    private final List<LoadedConfig> accepted = new ArrayList<>();
    private final Deque<LoadedConfig> inputs = new ArrayDeque<>();
    private final Deque<Runnable> work = new ArrayDeque<>();
    private final List<Reloadable> rooms = new ArrayList<>();
    private final LoadedConfig started = loaded();
    private final Reloader reloader =
            new Reloader(started, this::reread, () -> rooms, this::later, told::add, accepted::add);

    private static LoadedConfig loaded(String... settings) {
        return new LoadedConfig(
                ConfigLoader.defaults(settings), Map.of(), List.of(), new ConfigFile(Path.of("sluice.yaml"), null));
    }

    private LoadedConfig reread() {
        LoadedConfig next = inputs.poll();
        if (next == null) {
            throw new ConfigException(List.of(new Problem("sluice.yaml:1", "check.rate", "\"x\"", "a number")));
        }
        return next;
    }

    private <T> Future<T> later(Callable<T> task) {
        Promise<T> done = Promise.promise();
        work.add(() -> {
            try {
                done.complete(task.call());
            } catch (Exception e) {
                done.fail(e);
            }
        });
        return done.future();
    }

    private void works() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    /** A room that tells what happens to it. */
    private final class Telling implements Reloadable {
        private final String name;
        private final boolean refuses;

        Telling(String name, boolean refuses) {
            this.name = name;
            this.refuses = refuses;
        }

        @Override
        public List<String> liveKeys() {
            return List.of();
        }

        @Override
        public Prepared prepare(SluiceConfig next) {
            if (refuses) {
                throw new ConfigException(
                        List.of(new Problem("", "check.rate", "5", "a rate that " + name + " bears")));
            }
            story.add(name + " prepares " + next.check().rate());
            return new Prepared() {
                @Override
                public void commit() {
                    story.add(name + " commits");
                }

                @Override
                public void abandon() {
                    story.add(name + " abandons");
                }
            };
        }
    }

    @Test
    void allRoomsPrepareBeforeAnyCommits() {
        rooms.add(new Telling("a", false));
        rooms.add(new Telling("b", false));
        inputs.add(loaded("check.rate=5", "store.connections=9"));

        Future<Reload.Result> result = reloader.reload();
        works();

        assertThat(story).containsExactly("a prepares 5", "b prepares 5", "a commits", "b commits");
        assertThat(result.result())
                .isEqualTo(new Reload.Result(List.of("check.rate"), List.of("store.connections"), List.of()));
        assertThat(reloader.inForce().check().rate()).isEqualTo(5);
        assertThat(reloader.inForce().store().connections()).isEqualTo(8);
        assertThat(reloader.pending()).containsExactly("store.connections");
        assertThat(told).containsExactly(new ConfigChanged(List.of("check.rate"), List.of("store.connections")));
        assertThat(accepted).hasSize(1);
    }

    @Test
    void aRoomThatRefusesChangesNothingAnywhere() {
        rooms.add(new Telling("a", false));
        rooms.add(new Telling("b", true));
        rooms.add(new Telling("c", false));
        inputs.add(loaded("check.rate=5"));

        Future<Reload.Result> result = reloader.reload();
        works();

        assertThat(story).containsExactly("a prepares 5", "a abandons");
        assertThat(result.result().problems()).containsExactly("check.rate: 5 (expected: a rate that b bears)");
        assertThat(reloader.inForce()).isSameAs(started.config());
        assertThat(reloader.read()).isSameAs(started);
        assertThat(told).isEmpty();
        assertThat(accepted).isEmpty();
    }

    @Test
    void aBrokenFileReachesNoRoom() {
        rooms.add(new Telling("a", false));

        Future<Reload.Result> result = reloader.reload();
        works();

        assertThat(story).isEmpty();
        assertThat(result.result().problems()).containsExactly("sluice.yaml:1  check.rate: \"x\" (expected: a number)");
    }

    @Test
    void aRoomThatBreaksDoesNotKeepTheOthersFromCommitting() {
        rooms.add(new Room(List.of(), next -> () -> {
            throw new IllegalStateException("broken");
        }));
        rooms.add(new Telling("b", false));
        inputs.add(loaded("check.rate=5"));

        Future<Reload.Result> result = reloader.reload();
        works();

        assertThat(result.result().applied()).containsExactly("check.rate");
        assertThat(story).containsExactly("b prepares 5", "b commits");
    }

    @Test
    void reloadsAskedForDuringOneBecomeOneMore() {
        inputs.add(loaded("check.rate=1"));
        inputs.add(loaded("check.rate=2"));

        Future<Reload.Result> first = reloader.reload();
        Future<Reload.Result> second = reloader.reload();
        Future<Reload.Result> third = reloader.reload();
        assertThat(work).as("one at a time").hasSize(1);
        works();

        assertThat(first.succeeded()).isTrue();
        assertThat(third).isSameAs(second);
        assertThat(inputs).isEmpty();
        assertThat(reloader.inForce().check().rate()).isEqualTo(2);

        inputs.add(loaded("check.rate=3"));
        reloader.reload();
        works();
        assertThat(reloader.inForce().check().rate()).as("and it goes on").isEqualTo(3);
    }

    @Test
    void whatWasTakenBackWaitsNoMore() {
        inputs.add(loaded("store.connections=9"));
        inputs.add(loaded());
        reloader.reload();
        works();
        assertThat(reloader.pending()).containsExactly("store.connections");

        reloader.reload();
        works();
        assertThat(reloader.pending()).isEmpty();
    }
}
