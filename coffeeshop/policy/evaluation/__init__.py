"""One request decided: which statements match, what AWS answers, and why."""
