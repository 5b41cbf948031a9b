package dev.sluice.api;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.Preset;

/**
 * How often proxies are checked, as it is shown. Thread-safe.
 *
 * @param preset what was chosen
 * @param policy what is in force: the preset, and what was set by itself
 * @param demand what stretches it
 */
public record CheckPlan(Preset preset, CheckPolicy policy, Demand demand) {}
