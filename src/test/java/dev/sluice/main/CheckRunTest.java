package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class CheckRunTest {
    private static final long SEED = 7;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final BlockingQueue<List<CheckOutcome>> ended = new LinkedBlockingQueue<>();
    private final Interruption interruption = new Interruption();

    @Test
    void onlyWhatWorksIsWritten() throws Exception {
        CheckRun run = run(
                Checked.list("http://1.2.3.4:80", "socks5://1.2.3.5:1080", "http://1.2.3.6:80"),
                false,
                Anonymity.UNKNOWN,
                due -> due.key().scheme() == Scheme.SOCKS5
                        ? Checked.fails(due, FailureReason.REFUSED)
                        : Checked.works(due, Anonymity.ELITE));

        assertThat(lines()).containsExactlyInAnyOrder("http://1.2.3.4:80\tnone", "http://1.2.3.6:80\tnone");
        assertThat(run.tally().checked()).isEqualTo(3);
        assertThat(run.tally().alive()).isEqualTo(2);
        assertThat(run.tally().failed()).isEqualTo(Map.of(FailureReason.REFUSED, 1));
    }

    @Test
    void everythingIsWrittenWhereEverythingIsWanted() throws Exception {
        run(
                Checked.list("http://1.2.3.4:80", "socks5://1.2.3.5:1080"),
                true,
                Anonymity.UNKNOWN,
                due -> due.key().port() == 80
                        ? Checked.works(due, Anonymity.ELITE)
                        : Checked.fails(due, FailureReason.AUTH));

        assertThat(lines()).containsExactlyInAnyOrder("http://1.2.3.4:80\tnone", "socks5://1.2.3.5:1080\tauth");
    }

    @Test
    void anEntryWithoutAProtocolIsWrittenUnderEachItSpeaks() throws Exception {
        CheckRun run = run(
                Checked.list("unknown://1.2.3.4:80"),
                false,
                Anonymity.UNKNOWN,
                due -> Checked.works(due, Anonymity.ELITE, Scheme.SOCKS5, Scheme.HTTP));

        assertThat(lines()).containsExactly("socks5://1.2.3.4:80\tnone", "http://1.2.3.4:80\tnone");
        assertThat(run.tally().protocols()).isEqualTo(Map.of(Scheme.HTTP, 1, Scheme.SOCKS5, 1));
    }

    @Test
    void whatIsListedWithAndWithoutItsProtocolIsWrittenOnce() throws Exception {
        run(
                Checked.list("unknown://1.2.3.4:80", "http://1.2.3.4:80"),
                false,
                Anonymity.UNKNOWN,
                due -> due.key().scheme() == Scheme.UNKNOWN
                        ? Checked.works(due, Anonymity.ELITE, Scheme.HTTP, Scheme.SOCKS4)
                        : Checked.works(due, Anonymity.ELITE));

        assertThat(lines()).containsExactlyInAnyOrder("http://1.2.3.4:80\tnone", "socks4://1.2.3.4:80\tnone");
    }

    @Test
    void whatTellsTooMuchIsLeftOut() throws Exception {
        CheckRun run = run(
                Checked.list("http://1.2.3.4:1", "http://1.2.3.4:2", "http://1.2.3.4:3", "http://1.2.3.4:4"),
                true,
                Anonymity.ANONYMOUS,
                due -> switch (due.key().port()) {
                    case 1 -> Checked.works(due, Anonymity.TRANSPARENT);
                    case 2 -> Checked.works(due, Anonymity.ANONYMOUS);
                    case 3 -> Checked.works(due, Anonymity.ELITE);
                    default -> Checked.connects(due);
                });

        assertThat(lines()).containsExactlyInAnyOrder("http://1.2.3.4:2\tnone", "http://1.2.3.4:3\tnone");
        assertThat(run.tally().belowLevel()).isEqualTo(2);
    }

    @Test
    void whatEndsWithoutAVerdictIsTriedAgain() throws Exception {
        Map<Integer, Integer> tries = new HashMap<>();
        CheckRun run = run(
                Checked.list("http://1.2.3.4:1", "http://1.2.3.4:2", "http://1.2.3.4:3"),
                true,
                Anonymity.UNKNOWN,
                due -> {
                    int port = due.key().port();
                    int tried = tries.merge(port, 1, Integer::sum);
                    return port == 1 || port == 2 && tried < Backlog.TRIES
                            ? Checked.fails(due, FailureReason.LOCAL)
                            : Checked.works(due, Anonymity.ELITE);
                });

        assertThat(tries).isEqualTo(Map.of(1, Backlog.TRIES, 2, Backlog.TRIES, 3, 1));
        assertThat(lines())
                .containsExactlyInAnyOrder(
                        "http://1.2.3.4:1\tlocal", "http://1.2.3.4:2\tnone", "http://1.2.3.4:3\tnone");
        assertThat(run.tally().checked()).isEqualTo(3);
    }

    @Test
    void everyEntryIsCheckedOnceThoughThereIsLittleRoom() throws Exception {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            urls.add("http://1.2." + i / 250 + "." + i % 250 + ":80");
        }
        List<Long> order = new ArrayList<>();
        CheckRun run = run(Checked.list(urls.toArray(String[]::new)), false, Anonymity.UNKNOWN, due -> {
            order.add(due.id());
            return Checked.works(due, Anonymity.ELITE);
        });

        assertThat(run.tally().checked()).isEqualTo(3_000);
        assertThat(order).as("seed %d", SEED).doesNotHaveDuplicates().hasSize(3_000);
        assertThat(order)
                .as("seed %d", SEED)
                .isNotEqualTo(order.stream().sorted().toList());
    }

    @Test
    void aCommandThatIsToldToEndWritesWhatIsKnown() throws Exception {
        CheckedList list = Checked.list("http://1.2.3.4:1", "http://1.2.3.4:2", "http://1.2.3.4:3");
        List<DueProxy> late = new ArrayList<>();
        CheckRun run = prepared(list, true, Anonymity.UNKNOWN, out, due -> {
            if (due.key().port() == 1) {
                return Checked.works(due, Anonymity.ELITE);
            }
            late.add(due);
            interruption.ask(2);
            return null;
        });

        run.run();
        ended.add(List.of(
                Checked.works(late.get(0), Anonymity.ELITE),
                Checked.fails(Checked.due("http://1.2.3.4:9"), FailureReason.LOCAL)));
        run.takeRest();

        assertThat(lines()).contains("http://1.2.3.4:" + late.get(0).key().port() + "\tnone");
        assertThat(lines()).noneMatch(line -> line.endsWith("local"));
        assertThat(run.tally().checked()).isEqualTo(lines().size()).isBetween(1, 2);
        assertThat(interruption.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    }

    @Test
    void aFailureToWriteEndsIt() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("out.txt: No space left on device");
            }
        };

        assertThatThrownBy(() -> prepared(
                                Checked.list("http://1.2.3.4:1"),
                                false,
                                Anonymity.UNKNOWN,
                                full,
                                due -> Checked.works(due, Anonymity.ELITE))
                        .run())
                .isInstanceOf(IOException.class)
                .hasMessage("out.txt: No space left on device");
    }

    private CheckRun run(CheckedList list, boolean all, Anonymity least, Function<DueProxy, CheckOutcome> check)
            throws Exception {
        CheckRun run = prepared(list, all, least, out, check);
        run.run();
        return run;
    }

    private CheckRun prepared(
            CheckedList list, boolean all, Anonymity least, OutputStream target, Function<DueProxy, CheckOutcome> check)
            throws IOException {
        Backlog backlog = new Backlog(list, CheckKind.COMPREHENSIVE, Health.fresh(1), new SplittableRandom(SEED));
        return new CheckRun(
                list,
                backlog,
                new Immediate(check),
                ended,
                new CheckReport(target, CheckFormat.TEXT, true),
                all,
                least,
                new CheckProgress(new PrintWriter(new StringWriter()), false, list.size(), System::nanoTime),
                false,
                interruption);
    }

    private List<String> lines() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** Ends every check at once, seven at a time; those for which nothing is found out stay under way. */
    private final class Immediate implements Checker {
        private static final int ROOM = 7;

        private final Function<DueProxy, CheckOutcome> check;

        Immediate(Function<DueProxy, CheckOutcome> check) {
            this.check = check;
        }

        @Override
        public Future<Void> start() {
            return Future.succeededFuture();
        }

        @Override
        public int offer(List<DueProxy> proxies) {
            int room = Math.max(0, ROOM - ended.stream().mapToInt(List::size).sum());
            int taken = Math.min(room, proxies.size());
            List<CheckOutcome> outcomes = new ArrayList<>();
            for (DueProxy due : proxies.subList(0, taken)) {
                CheckOutcome outcome = check.apply(due);
                if (outcome != null) {
                    outcomes.add(outcome);
                }
            }
            ended.add(outcomes);
            return taken;
        }

        @Override
        public State state() {
            return Checked.state(0, 0);
        }

        @Override
        public Future<Void> stop() {
            return Future.succeededFuture();
        }
    }
}
