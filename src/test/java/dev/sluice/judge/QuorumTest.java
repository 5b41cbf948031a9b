package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class QuorumTest {
    @Test
    void oneSignedAnswerIsEnough() {
        Quorum heard = Quorum.of(3).failed().genuine(true);

        assertThat(heard.works()).isTrue();
        assertThat(heard.decided()).isTrue();
    }

    @Test
    void unsignedAnswersMustAgree() {
        Quorum one = Quorum.of(2).genuine();

        assertThat(one.decided()).isFalse();
        assertThat(one.genuine().works()).isTrue();
    }

    @Test
    void asManyMustFailAsMustAgree() {
        Quorum one = Quorum.of(2).failed();

        assertThat(one.decided()).isFalse();
        assertThat(one.failed().fails()).isTrue();
        assertThat(one.failed().works()).isFalse();
    }

    @Test
    void aFailureBesideAnAnswerIsTheJudgesFault() {
        Quorum mixed = Quorum.of(2).failed().genuine().failed().failed();

        assertThat(mixed.decided()).isFalse();
        assertThat(mixed.genuine().works()).isTrue();
        assertThat(mixed.genuine().fails()).isFalse();
    }

    @Test
    void aQuorumOfNobodyIsRefused() {
        assertThatThrownBy(() -> Quorum.of(0)).hasMessageContaining("needed: 0 (expected: 1 or more)");
    }
}
