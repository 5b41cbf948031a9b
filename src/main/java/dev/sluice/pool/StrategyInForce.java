package dev.sluice.pool;

/** The strategy of requests that name none. Switchable at run time. Thread-safe. */
public final class StrategyInForce {
    private volatile Strategy strategy;

    /** Begins with {@code strategy}. */
    public StrategyInForce(Strategy strategy) {
        this.strategy = strategy;
    }

    /** The present one. */
    public Strategy current() {
        return strategy;
    }

    /** Takes effect with the next request. */
    public void switchTo(Strategy other) {
        strategy = other;
    }
}
