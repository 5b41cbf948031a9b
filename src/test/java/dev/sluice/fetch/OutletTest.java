package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutletTest {
    private final List<CandidatesFound> sent = new ArrayList<>();
    private final List<Promise<CandidatesKept>> answers = new ArrayList<>();
    private final Outlet outlet = new Outlet("source", 5, found -> {
        sent.add(found);
        Promise<CandidatesKept> answer = Promise.promise();
        answers.add(answer);
        return answer.future();
    });

    @Test
    void noMoreThanTwoBatchesAreUnacknowledged() {
        Future<Void> room = outlet.send(List.of(batch(1), batch(2), batch(3)));
        assertThat(sent).hasSize(2);
        assertThat(room.isComplete()).isFalse();

        answers.get(1).complete(new CandidatesKept(1, 0));
        assertThat(sent).hasSize(3);
        assertThat(room.isComplete()).isFalse();
        answers.get(0).complete(new CandidatesKept(1, 0));
        assertThat(room.succeeded()).isTrue();

        Future<Void> drained = outlet.drained();
        assertThat(drained.isComplete()).isFalse();
        answers.get(2).complete(new CandidatesKept(0, 1));
        assertThat(drained.succeeded()).isTrue();
        assertThat(outlet.added()).isEqualTo(2);
        assertThat(sent).allMatch(found -> found.source().equals("source") && found.fetchedAtMillis() == 5);
    }

    @Test
    void aBatchThatIsNotKeptEndsTheSending() {
        Future<Void> room = outlet.send(List.of(batch(1), batch(2), batch(3)));
        answers.get(0).fail("disk full");

        assertThat(room.cause()).isInstanceOf(Outlet.NotKeptException.class).hasMessageContaining("disk full");
        assertThat(outlet.send(List.of(batch(4))).failed()).isTrue();
        assertThat(sent).hasSize(2);
    }

    private static List<Candidate> batch(int number) {
        return List.of(new Candidate(ProxyKey.of(Scheme.HTTP, "192.0.2." + number, 80), 0, null));
    }
}
