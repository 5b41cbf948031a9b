package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FollowingPolicyTest {
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final byte[] PRIVATE = {10, 0, 0, 1};
    private static final byte[] PUBLIC = {8, 8, 8, 8};

    private List<Cidr> networks = List.of();
    private boolean allowPrivate;
    private final AddressPolicy policy = AddressPolicy.following(() -> networks, () -> allowPrivate);

    @Test
    void aNetworkThatIsTakenAwayIsDialledNoMore() {
        networks = List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("10.0.0.0/8"));
        AddressPolicy derived = policy.withPrivate();
        assertThat(policy.mayDial(PRIVATE)).isTrue();
        assertThat(derived.mayDial(PRIVATE)).isTrue();

        networks = List.of(Cidr.parse("127.0.0.0/8"));

        assertThat(policy.mayDial(PRIVATE)).isFalse();
        assertThat(derived.mayDial(PRIVATE)).isFalse();
        assertThat(policy.mayDial(LOOPBACK)).isTrue();
        assertThat(policy.mayDial(PUBLIC)).isFalse();
    }

    @Test
    void withoutNetworksAPublicAddressIsDialledAndAPrivateOneWhereItIsAllowed() {
        assertThat(policy.mayDial(PUBLIC)).isTrue();
        assertThat(policy.mayDial(PRIVATE)).isFalse();
        assertThat(policy.refusal(PRIVATE)).isNotNull();

        allowPrivate = true;

        assertThat(policy.mayDial(PRIVATE)).isTrue();
        assertThat(policy.refusal(PRIVATE)).isNull();
    }
}
