package dev.sluice.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.CheckCredit;
import org.junit.jupiter.api.Test;

class CreditTest {
    private final Credit credit = new Credit();

    @Test
    void creditsOfAnEpochAddUp() {
        credit.grant(new CheckCredit(1, 5));
        credit.use(3);
        credit.grant(new CheckCredit(1, 10));

        assertThat(credit.available()).isEqualTo(12);
    }

    @Test
    void aNewEpochForgetsTheOldOne() {
        credit.grant(new CheckCredit(1, 5));
        credit.grant(new CheckCredit(2, 7));
        assertThat(credit.available()).isEqualTo(7);

        credit.grant(new CheckCredit(1, 100));
        assertThat(credit.available()).as("a late grant of the old one").isEqualTo(7);
    }

    @Test
    void whatWasNotSentComesBackOnlyInItsOwnEpoch() {
        credit.grant(new CheckCredit(1, 5));
        long epoch = credit.epoch();
        credit.use(5);
        credit.restore(5, epoch);
        assertThat(credit.available()).isEqualTo(5);

        credit.use(5);
        credit.grant(new CheckCredit(2, 1));
        credit.restore(5, epoch);
        assertThat(credit.available()).isEqualTo(1);
    }

    @Test
    void creditNeverOverflows() {
        credit.grant(new CheckCredit(1, Integer.MAX_VALUE));
        credit.grant(new CheckCredit(1, Integer.MAX_VALUE));

        assertThat(credit.available()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void moreThanGrantedCannotBeUsed() {
        credit.grant(new CheckCredit(1, 5));

        assertThatThrownBy(() -> credit.use(6)).hasMessage("count: 6 (expected: 0..5)");
    }
}
