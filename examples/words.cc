// Counts words, in C++17: an object per worker, and no exception leaves a slot. At the end the most
// frequent words on stdout, one per line with its count before it; handler.top says how many (10).
//
// Build:  c++ -std=c++17 -shared -fPIC $(pkg-config --cflags weir) -o words.so words.cc
// Run:    weir run --config c.properties -X weir.handler=./words.so -X handler.top=20 --until-end
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/handler.h>

namespace
{

using Counts = std::map<std::string, std::uint64_t>;

// What all workers share.
class Words
{
  public:
    explicit Words(std::size_t top) : top_(top)
    {
    }

    void add(const Counts &counts)
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        for (const auto &[word, count] : counts) {
            total_[word] += count;
        }
    }

    void print() const
    {
        std::vector<std::pair<std::string, std::uint64_t>> rows(total_.begin(), total_.end());
        std::stable_sort(rows.begin(), rows.end(),
                         [](const auto &a, const auto &b) { return a.second > b.second; });
        rows.resize(std::min(rows.size(), top_));
        for (const auto &[word, count] : rows) {
            std::cout << count << ' ' << word << '\n';
        }
        std::cout.flush();
    }

  private:
    std::mutex mutex_;
    Counts total_;
    std::size_t top_;
};

// One per worker thread, used by that thread only.
class Worker
{
  public:
    explicit Worker(Words &words) : words_(words)
    {
    }

    // All of the record or, with an exception, nothing of it.
    void count(std::string_view text)
    {
        if (text.find('\0') != std::string_view::npos) {
            throw std::invalid_argument("the value is not text");
        }
        Counts found;
        std::string word;
        for (const char letter : text) {
            if (std::isspace(static_cast<unsigned char>(letter)) == 0) {
                word += letter;
            } else if (!word.empty()) {
                found[std::exchange(word, {})]++;
            }
        }
        if (!word.empty()) {
            found[word]++;
        }
        for (const auto &[key, count] : found) {
            counts_[key]; // makes room first: from here on nothing throws
        }
        for (const auto &[key, count] : found) {
            counts_.find(key)->second += count;
        }
    }

    void finish()
    {
        words_.add(counts_);
    }

  private:
    Words &words_;
    Counts counts_;
};

// C calls the functions below, so each keeps its exceptions to itself.

int open_handler(const weir_handler_config *config, void **out)
{
    try {
        const char *top = config->get(config, "top");
        *out = new Words(top == nullptr ? 10 : std::stoul(top));
        return 0;
    } catch (const std::exception &) {
        config->log(config, "words: handler.top must be a number");
        return -1;
    }
}

int open_worker(void *shared, void **out)
{
    try {
        *out = new Worker(*static_cast<Words *>(shared));
        return 0;
    } catch (const std::exception &) {
        return -1;
    }
}

void handle(weir_batch *batch, void *own)
{
    auto &worker = *static_cast<Worker *>(own);

    while (const weir_record *record = weir_batch_next(batch)) {
        try {
            worker.count({static_cast<const char *>(record->value), record->value_size});
        } catch (const std::invalid_argument &error) {
            weir_batch_reject(batch, record, error.what()); // it will never be better
        } catch (const std::exception &error) {
            weir_batch_retry(batch, record, error.what()); // out of memory: perhaps later
        }
    }
}

void close_worker(void * /*shared*/, void *own)
{
    const std::unique_ptr<Worker> worker(static_cast<Worker *>(own));
    try {
        worker->finish();
    } catch (const std::exception &error) {
        std::cerr << "words: " << error.what() << ", the figures are too small\n";
    }
}

void close_handler(void *shared)
{
    const std::unique_ptr<Words> words(static_cast<Words *>(shared));
    try {
        words->print();
    } catch (const std::exception &error) {
        std::cerr << "words: " << error.what() << '\n';
    }
}

} // namespace

// In the order of struct weir_handler: C++ knows `.handle = handle` from C++20 on.
WEIR_HANDLER("words", open_handler, open_worker, handle, close_worker, close_handler, nullptr,
             nullptr)
