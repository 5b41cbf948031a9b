package dev.sluice.store.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.port.CredentialDigest;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CodesTest {
    @Test
    void everyConstantHasACodeOfItsOwn() {
        assertThat(Scheme.values()).allMatch(value -> Codes.scheme(Codes.of(value)) == value);
        assertThat(Verified.values()).allMatch(value -> Codes.verified(Codes.of(value)) == value);
        assertThat(Anonymity.values()).allMatch(value -> Codes.anonymity(Codes.of(value)) == value);
        assertThat(Tampering.values()).allMatch(value -> Codes.tampering(Codes.of(value)) == value);
        assertThat(Tier.values()).allMatch(value -> Codes.tier(Codes.of(value)) == value);
        assertThat(TierReason.values()).allMatch(value -> Codes.tierReason(Codes.of(value)) == value);
        assertThat(Rotation.values()).allMatch(value -> Codes.rotation(Codes.of(value)) == value);
        assertThat(RiskCategory.values()).allMatch(value -> Codes.risk(Codes.of(value)) == value);
        assertThat(FailureReason.values()).allMatch(value -> Codes.reason(Codes.of(value)) == value);
    }

    /** What is in databases out there. */
    @Test
    void codesNeverChange() {
        assertThat(Arrays.stream(Scheme.values()).map(Codes::of)).containsExactly(1, 2, 4, 5, 0);
        assertThat(Codes.of(FailureReason.NONE)).isZero();
        assertThat(Codes.of(FailureReason.LOCAL)).isEqualTo(14);
        assertThat(Codes.of(FailureReason.TARGET_CHECK)).isEqualTo(15);
        assertThat(Arrays.stream(Rotation.values()).map(Codes::of)).containsExactly(0, 1, 2);
        assertThat(Codes.of(RiskCategory.DEAD)).isEqualTo(4);
        assertThat(Arrays.stream(TierReason.values()).map(Codes::of))
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }

    @Test
    void anUnknownCodeIsNamed() {
        assertThatThrownBy(() -> Codes.scheme(3)).hasMessage("scheme: 3 (expected: a code this version knows)");
        assertThatThrownBy(() -> Codes.reason(-1)).hasMessageContaining("last_reason: -1");
    }

    @Test
    void theDigestTellsUserAndPasswordApart() {
        assertThat(CredentialDigest.of(null)).isEmpty();
        assertThat(CredentialDigest.of(Credentials.of("", ""))).hasSize(32);
        assertThat(CredentialDigest.of(Credentials.of("ab", "c")))
                .isEqualTo(CredentialDigest.of(Credentials.of("ab", "c")))
                .isNotEqualTo(CredentialDigest.of(Credentials.of("a", "bc")));
    }
}
