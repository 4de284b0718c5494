#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/control/commands/apply_command.hpp"
#include "engine/control/commands/command.hpp"
#include "engine/control/commands/edit_history.hpp"
#include "engine/control/landed_edits.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/compile_plan.hpp"
#include "engine/control/plan/passages.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/result.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

/// In place of a frame: the next one that is rendered, before all that is planned for later.
inline constexpr Frames kAtOnce = -1;

/// What a track plays, opened.
struct OpenedSource {
  std::shared_ptr<SourceState> state;
  int channels = 1;
};

/// What a control loop needs of those above it.
struct ControlOptions {
  Captures captures;
  EditParts edit_parts = nullptr;  ///< without it only plain values can be set
  /// The source of a track that joins, or whose source has changed. Without it there is none. All that an edit needs
  /// are asked for, even if one is refused.
  std::function<Result<OpenedSource>(const Strip& track)> open_source;
  std::size_t undo_bytes = std::size_t{256} << 20;
  bool keep_landed = false;  ///< for `take_landed`
  /// What has faded out is taken out of the plan only by `settle`, as a run that is had again asks for.
  bool settle_when_told = false;
  /// Told of each edit that was made, undo and redo too, and of the mixer it led to.
  std::function<void(const Edit& edit, const Mixer& after)> on_edit;
};

/// The control side of a running mixer: owns its value, compiles it, posts plans and values to the audio thread, and
/// frees what comes back. One thread at a time may call it; the audio thread only meets it in the handover.
class ControlLoop {
 public:
  /// Compiles and posts the first plan. The mixer has passed `check_mixer`.
  static Result<std::unique_ptr<ControlLoop>> start(Mixer mixer, TrackChannels channels, Sources sources,
                                                    ControlOptions options);

  const Mixer& mixer() const noexcept { return mixer_; }
  const Routing& routing() const noexcept { return routing_; }
  Handover& handover() noexcept { return *handover_; }
  /// True for a track of the mixer, and for one that was removed and has not faded out.
  bool has_track(const std::string& id) const {
    const Strip* strip = mixer_.find(id);
    return strip != nullptr ? strip->is_track() : slots_.find(trim_id(id)) < slots_.end();
  }
  /// What its tracks play, by id.
  const Sources& sources() const noexcept { return sources_; }
  const EditHistory& history() const noexcept { return history_; }

  /// Checks an edit and applies it to the mixer, whole; nothing is changed when it is refused. Audio hears of it with
  /// the next `send`. Undo and redo go through the history.
  Result<void> edit(const Edit& edit);
  /// True if what was edited and not sent yet moves at another pace than this edit would, as a recalled scene does and
  /// a staged trim: `send` first, so that each keeps its own.
  bool must_send_before(const Edit& edit) const;
  /// Sends all that edits have moved since the last time as one batch, to land at engine frame `at` (or the next that
  /// can be): however many edits, a value moves once. What changes the shape of the console goes as a new plan, of
  /// which only the ways concerned fade. False if there is no room for it now; nothing is lost, so call again when
  /// audio has played on. Batches land in the order in which they were sent; those of `kAtOnce` apart.
  bool send(Frames at);
  /// Number of the batch sent last; the event that it has landed bears it. 0: none yet.
  std::uint64_t last_batch() const noexcept { return batches_; }

  /// The edits that have landed before engine frame `before` and were not taken yet, each with its frame, in order:
  /// what was done, for doing it again. Those that changed nothing come with others. Plans that took out what had faded
  /// out come as `/session/settled`, and so, as null, does what parts two batches of one frame. `before`: where audio
  /// was before the last `tend`, so that all that landed until then is known.
  std::vector<TimedEdit> take_landed(Frames before) { return record_.landed(before); }

  // The transport, see TransportState. All at engine frame `at`; false as for `send`.
  /// Starts or jumps: what follows the transport is ramped over to reel `number`, from session frame `place` on.
  bool roll(std::size_t number, Frames place, Frames at);
  /// What follows the transport ramps to silence.
  bool stop(Frames at);
  /// The loop jumps at session frame `end`; none: no loop. Reels that were armed no longer are.
  bool loop(std::optional<Frames> end, Frames at);
  /// Reel `number`, loaded from session frame `place`, waits for the next loop jump.
  bool arm(std::size_t number, Frames place, Frames at);
  /// The hardware outputs ramp to silence.
  bool silence_outputs(Frames at);
  /// All strips with inserts fade out, their inserts forget what they hold, and they fade in again.
  bool panic(Frames at);
  /// A track fades out over `fade` frames as if its file data were late, and stays away; none: it fades in again.
  bool stall(const std::string& track, std::optional<Frames> fade, Frames at);

  /// Takes out of the plan what has faded out by engine frame `by`, at frame `at`; see `settle_when_told`. False as for
  /// `send`.
  bool settle(Frames by, Frames at);

  /// Frees plans that audio has done with and returns what it told. To be called now and then: it also takes out of the
  /// plan what has faded out.
  std::vector<Event> tend();

  /// The strip and insert an event's slot means, for a message: `vox/inserts/comp`.
  std::string name_of_insert(std::uint64_t slot) const;
  /// The strip that an event means; empty if it has gone.
  std::string strip_of(std::uint64_t number) const { return strips_.name_of(static_cast<std::uint32_t>(number)); }
  /// What the meter of a strip reads; all zeros for one that does not exist.
  MeterReading meter(std::string_view strip) const;
  /// True while something that was removed still sounds.
  bool in_passage() const noexcept;

 private:
  ControlLoop(Mixer mixer, TrackChannels channels, Sources sources, ControlOptions options);
  /// How fast an edit moves what it moves.
  struct Pace {
    Frames fade = 0;  // of a scene
    bool is_staged = false;
    bool is_step = false;  // of the history: known when it is taken
    friend bool operator==(const Pace&, const Pace&) = default;
  };
  Pace pace_of(const Edit& edit) const;
  void note_made(const Edit& edit);
  void note_fade(const std::vector<Change>& before, Frames fade);
  Result<void> become(Mixer next);
  Result<void> open_sources(const Mixer& next, TrackChannels& channels, Sources& sources) const;
  Result<void> step_in_history(EditOp op);
  bool send_values(Frames at);
  bool send_plan(Frames at);
  Frames fade_out_first(const Flow& both, const Flow& wanted, Frames at);
  struct PlanTime {
    Frames at = 0;
    Frames rest = 0;  ///< see RenderPlan
  };
  void post_plan(FlowChange change, PlanTime time);
  void note_sent(const std::vector<Change>& targets, const std::set<std::string>& renewed);
  void give_back_numbers();
  bool follow_passages(Frames by, Frames at, std::size_t room);
  bool post(const std::vector<Change>& changes, Frames at, std::uint64_t generation);
  Frames behind_what_was_done_before(Frames at) const;
  Frames behind_what_is_planned(const std::vector<Change>& changes, Frames at) const;
  std::vector<Change> changes_to(const std::vector<Change>& targets, const std::set<std::uint32_t>& renewed) const;
  Frames move_length() const;
  ChangeTimes times() const;

  Mixer mixer_;
  TrackChannels channels_;
  Sources sources_;
  ControlOptions options_;
  EditHistory history_;
  Routing routing_;
  std::unordered_map<std::uint64_t, Frames> fades_;  // by slot, kind and index: of what recalls moved
  Frames scene_fade_ = 0;                            // of a recall that is not sent yet
  bool is_staged_ = false;                           // a trim moves with what makes up for it, and is not sent yet
  std::optional<Pace> unsent_pace_;                  // of the edits that are not sent yet

  // As last sent.
  Mixer sent_mixer_;
  Routing sent_routing_;
  bool sources_changed_ = false;
  Flow sounding_;
  std::unordered_map<std::uint64_t, std::array<double, 4>> sent_;  // by slot, kind and index
  std::unordered_map<std::uint32_t, std::uint64_t> introduced_;  // by slot: the plan since which it moves what it does
  Numbers slots_, strips_;
  std::uint64_t generation_ = 0;
  std::uint64_t batches_ = 0;
  std::set<std::uint64_t> on_the_way_;                        // batches that have not landed
  Frames planned_until_ = kAtOnce;                            // the latest frame for which something was sent
  std::unordered_map<std::uint64_t, std::uint64_t> planned_;  // the batch that moves a value later, by its place
  Passages passages_;
  std::vector<Edit> unsent_;  // those that are in the mixer only
  LandedEdits record_;
  std::unique_ptr<Handover> handover_;
};

}  // namespace busbar
